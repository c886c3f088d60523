-- +goose Up
-- What other devices of the site did, as they told each other over the site's own
-- network and central has not told yet. It is shown only: each device sends its own
-- events to central. op and walk_in are as in event; previous and signature prove
-- it to whom it is passed on.
CREATE TABLE peer_event (
	device    BYTEA  NOT NULL,
	epoch     BIGINT NOT NULL,
	seq       BIGINT NOT NULL,
	booking   BYTEA  NOT NULL,
	op        BYTEA  NOT NULL,
	walk_in   BYTEA,
	previous  BYTEA  NOT NULL,
	hash      BYTEA  NOT NULL,
	signature BYTEA  NOT NULL,
	PRIMARY KEY (device, epoch, seq)
);

-- The last event of another device that is here, from it or from central; hash is
-- empty where it came from central.
CREATE TABLE peer_head (
	device BYTEA  NOT NULL,
	epoch  BIGINT NOT NULL,
	seq    BIGINT NOT NULL,
	hash   BYTEA  NOT NULL,
	PRIMARY KEY (device, epoch)
);

-- People without a booking whom another device registered; as walkin.
CREATE TABLE peer_walkin (
	id      BYTEA  NOT NULL PRIMARY KEY,
	slot    BYTEA  NOT NULL,
	day     BIGINT NOT NULL,
	dose    TEXT   NOT NULL,
	who     BYTEA  NOT NULL,
	person  BYTEA  NOT NULL,
	created BIGINT NOT NULL
);

DROP VIEW known;
CREATE VIEW known AS
	SELECT id, slot, day, dose, who, person, created, cancelled, version FROM booking
	UNION ALL
	SELECT id, slot, day, dose, who, person, created, 0, 0 FROM walkin WHERE id NOT IN (SELECT id FROM booking)
	UNION ALL
	SELECT id, slot, day, dose, who, person, created, 0, 0 FROM peer_walkin WHERE id NOT IN (SELECT id FROM booking);

-- +goose Down
DROP VIEW known;
CREATE VIEW known AS
	SELECT id, slot, day, dose, who, person, created, cancelled, version FROM booking
	UNION ALL
	SELECT id, slot, day, dose, who, person, created, 0, 0 FROM walkin WHERE id NOT IN (SELECT id FROM booking);
DROP TABLE peer_walkin;
DROP TABLE peer_head;
DROP TABLE peer_event;
