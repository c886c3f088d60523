-- +goose Up
-- The replica of one site on one device. Whatever names a person is sealed.

CREATE TABLE meta (
	key   TEXT  NOT NULL PRIMARY KEY,
	value BYTEA NOT NULL
);

CREATE TABLE programme (
	code TEXT  NOT NULL PRIMARY KEY,
	doc  BYTEA NOT NULL -- JSON of clinic.Programme
);

CREATE TABLE slot (
	id         BYTEA  NOT NULL PRIMARY KEY,
	period     TEXT   NOT NULL,
	programme  TEXT   NOT NULL,
	vaccine    TEXT   NOT NULL,
	day        BIGINT NOT NULL,
	start_min  BIGINT NOT NULL,
	end_min    BIGINT NOT NULL,
	capacity   BIGINT NOT NULL,
	taken      BIGINT NOT NULL
);
CREATE INDEX slot_day ON slot (day);

CREATE TABLE booking (
	id        BYTEA  NOT NULL PRIMARY KEY,
	slot      BYTEA  NOT NULL,
	day       BIGINT NOT NULL,
	dose      TEXT   NOT NULL,
	who       BYTEA  NOT NULL, -- blind index of the ID number, with this device's key
	person    BYTEA  NOT NULL, -- sealed
	created   BIGINT NOT NULL,
	cancelled BIGINT NOT NULL,
	version   BIGINT NOT NULL
);
CREATE INDEX booking_day ON booking (day);
CREATE INDEX booking_who ON booking (who);

-- Every event this device knows, its own and those that central told. Own
-- events are the outbox: whatever is above the acknowledged number waits.
CREATE TABLE event (
	device   BYTEA  NOT NULL,
	epoch    BIGINT NOT NULL,
	seq      BIGINT NOT NULL,
	booking  BYTEA  NOT NULL,
	op       BYTEA  NOT NULL, -- canonical bytes of syncproto.Op
	hash     BYTEA  NOT NULL, -- of the chain up to and with this event; empty for those of others
	outcome  BIGINT NOT NULL DEFAULT 0,
	code     TEXT   NOT NULL DEFAULT '',
	PRIMARY KEY (device, epoch, seq)
);
CREATE INDEX event_booking ON event (booking);

-- The last queue number of a day.
CREATE TABLE ticket (
	day  BIGINT NOT NULL PRIMARY KEY,
	last BIGINT NOT NULL
);

-- +goose Down
DROP TABLE ticket;
DROP TABLE event;
DROP TABLE booking;
DROP TABLE slot;
DROP TABLE programme;
DROP TABLE meta;
