-- +goose Up
-- Rows of a history that central has ended, which the new one has not told yet. They
-- are shown until it has told all. Their events are those with told = false.
ALTER TABLE programme ADD COLUMN stale BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE slot ADD COLUMN stale BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE booking ADD COLUMN stale BOOLEAN NOT NULL DEFAULT false;

-- A booking that a restored central has lost, while an event of this device about it
-- is not acknowledged or lies in central's review: whoever arrived stays on the list.
ALTER TABLE walkin ADD COLUMN lost BOOLEAN NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE walkin DROP COLUMN lost;
ALTER TABLE booking DROP COLUMN stale;
ALTER TABLE slot DROP COLUMN stale;
ALTER TABLE programme DROP COLUMN stale;
