-- +goose Up
-- Whose events alone have changed a booking's row since the number others: writer is
-- a device and its epoch (4 bytes), or nothing where anything else changed it last.
ALTER TABLE booking ADD COLUMN writer BYTEA;
ALTER TABLE booking ADD COLUMN others BIGINT NOT NULL DEFAULT 0;

-- The number that an event gave its booking's row, where the event itself, the
-- version and the number are all that it changed of it; else 0.
ALTER TABLE event ADD COLUMN stamp BIGINT NOT NULL DEFAULT 0;
