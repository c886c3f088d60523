-- +goose Up
-- Who was called from this device, and where to. It is this device's own and goes
-- nowhere; times counts the calls, skipped is somebody who did not come.
CREATE TABLE call (
	booking BYTEA   NOT NULL PRIMARY KEY,
	day     BIGINT  NOT NULL,
	room    TEXT    NOT NULL,
	at      BIGINT  NOT NULL, -- Unix milliseconds of the last call
	times   BIGINT  NOT NULL,
	skipped BOOLEAN NOT NULL
);

-- +goose Down
DROP TABLE call;
