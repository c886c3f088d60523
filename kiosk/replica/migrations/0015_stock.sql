-- +goose Up
-- Vaccine at this device: kind 1 received vials of so many doses each, 2 opened vials,
-- 3 wasted doses. A line is never changed.
CREATE TABLE stock_move (
	id      BYTEA  NOT NULL PRIMARY KEY,
	at      BIGINT NOT NULL, -- Unix milliseconds
	kind    BIGINT NOT NULL,
	lot     TEXT   NOT NULL,
	vaccine TEXT   NOT NULL,
	expires BIGINT NOT NULL,
	vials   BIGINT NOT NULL,
	doses   BIGINT NOT NULL, -- of one vial where received, else of all
	staff   TEXT   NOT NULL,
	reason  TEXT   NOT NULL
);

-- The doses that were given of a lot on a day, as the events of that day say: kept
-- because the events are forgotten in time.
CREATE TABLE stock_given (
	day   BIGINT NOT NULL,
	lot   TEXT   NOT NULL,
	doses BIGINT NOT NULL,
	PRIMARY KEY (day, lot)
);

-- +goose Down
DROP TABLE stock_given;
DROP TABLE stock_move;
