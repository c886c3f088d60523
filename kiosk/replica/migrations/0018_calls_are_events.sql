-- +goose Up
-- Who was called is told as events, so that every device of the site knows.
DROP TABLE call;

-- +goose Down
CREATE TABLE call (
	booking BYTEA   NOT NULL PRIMARY KEY,
	day     BIGINT  NOT NULL,
	room    TEXT    NOT NULL,
	at      BIGINT  NOT NULL,
	times   BIGINT  NOT NULL,
	skipped BOOLEAN NOT NULL
);
