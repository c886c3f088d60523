-- +goose Up
-- The bookings of a day, in the order in which they were made: a new one goes to
-- the end of its day, so that a batch of them changes few pages. Whoever wants
-- them by time sorts a day's few thousand.
DROP INDEX booking_day;
CREATE INDEX booking_of_day ON booking (day);
