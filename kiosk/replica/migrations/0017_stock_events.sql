-- +goose Up
-- What the desks of the site wrote of its vaccine, as events: this device's own, those of
-- others of the site, and what central told. op is as in event; line is what it is about.
-- told is false of what only another device passed on: central may not count it.
-- The lines of stock_move become events at the first start (stockmoves.go).
CREATE TABLE stock_event (
	device BYTEA   NOT NULL,
	epoch  BIGINT  NOT NULL,
	seq    BIGINT  NOT NULL,
	line   BYTEA   NOT NULL,
	at     BIGINT  NOT NULL, -- Unix milliseconds
	op     BYTEA   NOT NULL,
	told   BOOLEAN NOT NULL,
	PRIMARY KEY (device, epoch, seq)
);
CREATE INDEX stock_untold ON stock_event (device, epoch) WHERE NOT told;

-- The doses of a lot that were given at the site before a day, as central told them; from
-- that day on stock_given has them.
CREATE TABLE stock_told (
	lot   TEXT   NOT NULL PRIMARY KEY,
	doses BIGINT NOT NULL
);

-- +goose Down
DROP TABLE stock_told;
DROP TABLE stock_event;
