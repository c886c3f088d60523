-- +goose Up
-- What central's digest covers: the number under which each row came, and which
-- events came with the row of their booking, our own among them.
ALTER TABLE programme ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE slot ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE booking ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN told BOOLEAN NOT NULL DEFAULT false;
UPDATE event SET told = true WHERE hash = x'';

-- +goose Down
ALTER TABLE event DROP COLUMN told;
ALTER TABLE booking DROP COLUMN seq;
ALTER TABLE slot DROP COLUMN seq;
ALTER TABLE programme DROP COLUMN seq;
