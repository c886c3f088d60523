-- +goose Up
-- When it was decided who did not come to a slot that is over; 0: not yet.
ALTER TABLE slot ADD COLUMN decided BIGINT NOT NULL DEFAULT 0;
CREATE INDEX slot_undecided ON slot (day) WHERE decided = 0;

-- When the device last said that it has nothing that central has not.
ALTER TABLE device_status ADD COLUMN settled BIGINT NOT NULL DEFAULT 0;
