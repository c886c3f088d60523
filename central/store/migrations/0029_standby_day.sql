-- +goose Up
-- The desks of a site are told who waits for a place of the day.
CREATE INDEX standby_day ON standby (site, day);

-- +goose Down
DROP INDEX standby_day;
