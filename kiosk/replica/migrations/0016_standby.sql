-- +goose Up
-- Who waits for a place of a day, as central told it, by place in the order in which
-- they are offered a dose that is left. person is sealed as one of the booking table.
-- coming: they accepted one, and central has not told their booking yet.
CREATE TABLE standby (
	id      BYTEA   NOT NULL PRIMARY KEY,
	place   BIGINT  NOT NULL,
	slot    BYTEA   NOT NULL,
	day     BIGINT  NOT NULL,
	dose    TEXT    NOT NULL,
	who     BYTEA   NOT NULL,
	person  BYTEA   NOT NULL,
	created BIGINT  NOT NULL,
	coming  BOOLEAN NOT NULL
);

-- What was said of them: by this device, by others of the site, and as central told it.
CREATE TABLE standby_answer (
	device BYTEA  NOT NULL,
	epoch  BIGINT NOT NULL,
	seq    BIGINT NOT NULL,
	entry  BYTEA  NOT NULL,
	at     BIGINT NOT NULL, -- Unix milliseconds
	staff  TEXT   NOT NULL,
	answer TEXT   NOT NULL,
	PRIMARY KEY (device, epoch, seq)
);

DROP VIEW known;
CREATE VIEW known AS
	SELECT id, slot, day, dose, who, person, created, cancelled, version FROM booking
	UNION ALL
	SELECT id, slot, day, dose, who, person, created, 0, 0 FROM walkin WHERE id NOT IN (SELECT id FROM booking)
	UNION ALL
	SELECT id, slot, day, dose, who, person, created, 0, 0 FROM peer_walkin WHERE id NOT IN (SELECT id FROM booking)
	UNION ALL
	SELECT id, slot, day, dose, who, person, created, 0, 0 FROM standby WHERE coming
		AND id NOT IN (SELECT id FROM booking) AND id NOT IN (SELECT id FROM walkin);

-- +goose Down
DROP VIEW known;
CREATE VIEW known AS
	SELECT id, slot, day, dose, who, person, created, cancelled, version FROM booking
	UNION ALL
	SELECT id, slot, day, dose, who, person, created, 0, 0 FROM walkin WHERE id NOT IN (SELECT id FROM booking)
	UNION ALL
	SELECT id, slot, day, dose, who, person, created, 0, 0 FROM peer_walkin WHERE id NOT IN (SELECT id FROM booking);
DROP TABLE standby_answer;
DROP TABLE standby;
