-- +goose Up
-- Own events whose verdict this device has not heard.
CREATE INDEX event_unanswered ON event (seq) WHERE outcome = 0 AND hash <> x'';

-- +goose Down
DROP INDEX event_unanswered;
