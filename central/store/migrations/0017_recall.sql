-- +goose Up
-- Lots of a vaccine that must not be given any more (回收).
CREATE TABLE recall (
    vaccine TEXT   NOT NULL,
    lot     TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (vaccine, lot)
);
