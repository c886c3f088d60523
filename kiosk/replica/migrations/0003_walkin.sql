-- +goose Up
-- People who came without a booking and of whom central has not told yet: a booking
-- in the making. person is sealed as one of the booking table.
CREATE TABLE walkin (
	id      BYTEA  NOT NULL PRIMARY KEY,
	slot    BYTEA  NOT NULL,
	day     BIGINT NOT NULL,
	dose    TEXT   NOT NULL,
	who     BYTEA  NOT NULL,
	person  BYTEA  NOT NULL,
	created BIGINT NOT NULL
);

-- Every booking that the counter sees: those of central, and those in the making.
CREATE VIEW known AS
	SELECT id, slot, day, dose, who, person, created, cancelled, version FROM booking
	UNION ALL
	SELECT id, slot, day, dose, who, person, created, 0, 0 FROM walkin WHERE id NOT IN (SELECT id FROM booking);

-- Whom an own walk-in event is about, sealed; its op is kept without.
ALTER TABLE event ADD COLUMN walk_in BYTEA;

-- The places that this device may give to walk-ins, as central told them with the
-- events up to the number lease_acked. A lease that goes back has given_back
-- set and is not given out of any more.
CREATE TABLE lease (
	id        BYTEA   NOT NULL PRIMARY KEY,
	slot      BYTEA   NOT NULL,
	granted   BIGINT  NOT NULL,
	consumed  BIGINT  NOT NULL,
	given_back BOOLEAN NOT NULL
);

-- Leases to ask for.
CREATE TABLE wish (
	id     BYTEA  NOT NULL PRIMARY KEY,
	slot   BYTEA  NOT NULL,
	places BIGINT NOT NULL
);

-- +goose Down
DROP TABLE wish;
DROP TABLE lease;
ALTER TABLE event DROP COLUMN walk_in;
DROP VIEW known;
DROP TABLE walkin;
