-- +goose Up
-- Whether the device said last that its rows are not central's, though it is at the
-- end of the feed.
ALTER TABLE device_status ADD COLUMN diverged BOOLEAN NOT NULL DEFAULT false;
