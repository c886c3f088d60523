-- +goose Up
-- What was asked of central is looked up with every page; few events are.
CREATE INDEX event_command ON event (epoch, seq) WHERE command;

-- +goose Down
DROP INDEX event_command;
