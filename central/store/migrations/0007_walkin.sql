-- +goose Up
-- Places of a slot that a device may give to people who come without a booking
-- (現場). state is live, over (the session has ended; what was given out before may
-- still be told) or returned.
CREATE TABLE lease (
    id       BYTEA  NOT NULL PRIMARY KEY,
    device   BYTEA  NOT NULL,
    slot     BYTEA  NOT NULL REFERENCES slot (id),
    day      TEXT   NOT NULL,
    granted  BIGINT NOT NULL CHECK (granted > 0),
    consumed BIGINT NOT NULL CHECK (consumed >= 0),
    state    TEXT   NOT NULL,
    created  BIGINT NOT NULL,
    CHECK (consumed <= granted)
);
CREATE INDEX lease_device ON lease (device);

-- Whom a walk-in event is about, sealed.
ALTER TABLE event ADD COLUMN walk_in BYTEA;
