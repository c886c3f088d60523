-- +goose Up
-- The slot that a desk asked central to move a booking to: such an event may be
-- admitted long after it came. Those that were done or refused at once need none.
ALTER TABLE event ADD COLUMN target BYTEA;
