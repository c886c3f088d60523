-- +goose Up
-- What other devices passed on and central has, for a central that is restored from a
-- backup and lacks it; columns as in peer_event. day is when it was put aside. offered
-- is false while a central with a new history has not said whether it has it.
CREATE TABLE peer_kept (
	device    BYTEA   NOT NULL,
	epoch     BIGINT  NOT NULL,
	seq       BIGINT  NOT NULL,
	booking   BYTEA   NOT NULL,
	op        BYTEA   NOT NULL,
	walk_in   BYTEA,
	previous  BYTEA   NOT NULL,
	hash      BYTEA   NOT NULL,
	signature BYTEA   NOT NULL,
	day       BIGINT  NOT NULL,
	offered   BOOLEAN NOT NULL DEFAULT true,
	PRIMARY KEY (device, epoch, seq)
);
CREATE INDEX peer_kept_offered ON peer_kept (device) WHERE NOT offered;

-- +goose Down
DROP TABLE peer_kept;
