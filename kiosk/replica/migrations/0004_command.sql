-- +goose Up
-- Whether an own event asks central for something; outcome and code are its answer.
ALTER TABLE event ADD COLUMN command BOOLEAN NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE event DROP COLUMN command;
