-- +goose Up
-- One reminder a booking. next is when it is tried next; state is waiting,
-- sent or given_up. A cancelled booking has none.
CREATE TABLE reminder (
    booking  BYTEA  NOT NULL PRIMARY KEY REFERENCES booking (id),
    channel  TEXT   NOT NULL,
    due      BIGINT NOT NULL,
    state    TEXT   NOT NULL,
    attempts BIGINT NOT NULL,
    next     BIGINT NOT NULL,
    sent     BIGINT NOT NULL,
    problem  TEXT   NOT NULL
);
CREATE INDEX reminder_next ON reminder (next) WHERE state = 'waiting';
