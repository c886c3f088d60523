-- +goose Up
-- Instants are Unix milliseconds, dates 2026-11-24, times of day minutes since
-- midnight in Taipei, ids the 16 bytes of a UUID. Columns of type BYTEA in
-- booking that hold personal data are sealed (internal/seal).

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE district (
    name     TEXT   NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
);

CREATE TABLE programme (
    code     TEXT   NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    doc      TEXT   NOT NULL -- clinic.Programme as JSON
);

CREATE TABLE period (
    id  TEXT NOT NULL PRIMARY KEY,
    doc TEXT NOT NULL -- clinic.Period as JSON
);

-- seq is the last number that the site's feed has given out; every changed row
-- of the site takes the next one as its stamp.
CREATE TABLE site (
    code     TEXT   NOT NULL PRIMARY KEY,
    district TEXT   NOT NULL REFERENCES district (name),
    position BIGINT NOT NULL,
    doc      TEXT   NOT NULL, -- clinic.Site as JSON
    stamp    BIGINT NOT NULL,
    seq      BIGINT NOT NULL
);

CREATE TABLE site_programme (
    site      TEXT   NOT NULL REFERENCES site (code),
    programme TEXT   NOT NULL REFERENCES programme (code),
    stamp     BIGINT NOT NULL,
    PRIMARY KEY (site, programme)
);

-- taken counts the bookings that hold a place; overflow of them stand beyond
-- the capacity, because somebody who had cancelled came all the same.
CREATE TABLE slot (
    id         BYTEA  NOT NULL PRIMARY KEY,
    site       TEXT   NOT NULL REFERENCES site (code),
    period     TEXT   NOT NULL REFERENCES period (id),
    programme  TEXT   NOT NULL REFERENCES programme (code),
    vaccine    TEXT   NOT NULL,
    day        TEXT   NOT NULL,
    starts     BIGINT NOT NULL,
    ends       BIGINT NOT NULL,
    capacity   BIGINT NOT NULL CHECK (capacity >= 0),
    taken      BIGINT NOT NULL CHECK (taken >= 0),
    overflow   BIGINT NOT NULL CHECK (overflow >= 0),
    stamp      BIGINT NOT NULL,
    CHECK (taken <= capacity + overflow)
);
CREATE UNIQUE INDEX slot_once ON slot (site, vaccine, day, starts);
CREATE INDEX slot_feed ON slot (site, stamp);

-- holds is true from booking until the booking is cancelled, settled at the
-- clinic, or made way for the person's next one after its day.
CREATE TABLE booking (
    id               BYTEA   NOT NULL PRIMARY KEY,
    slot             BYTEA   NOT NULL REFERENCES slot (id),
    site             TEXT    NOT NULL,
    period           TEXT    NOT NULL,
    programme        TEXT    NOT NULL,
    vaccine          TEXT    NOT NULL,
    dose             TEXT    NOT NULL,
    day              TEXT    NOT NULL,
    starts           BIGINT  NOT NULL,
    person           BYTEA   NOT NULL, -- blind index of the ID number
    number           BYTEA   NOT NULL,
    name             BYTEA   NOT NULL,
    birth            BYTEA   NOT NULL,
    mobile           BYTEA,
    landline         BYTEA,
    guardian         BYTEA,
    age              BIGINT  NOT NULL, -- whole years on the day
    consents         BIGINT  NOT NULL,
    guardian_consent BOOLEAN NOT NULL,
    request          BYTEA   NOT NULL, -- what was asked for, as a blind index
    created          BIGINT  NOT NULL,
    cancelled        BIGINT  NOT NULL, -- 0 while it stands
    version          BIGINT  NOT NULL,
    attendance       BIGINT  NOT NULL, -- the fold of its events
    holds            BOOLEAN NOT NULL,
    stamp            BIGINT  NOT NULL
);
CREATE UNIQUE INDEX booking_one_active ON booking (person, programme) WHERE holds;
CREATE INDEX booking_feed ON booking (site, stamp);
CREATE INDEX booking_day ON booking (day, starts, id);

-- outcome and code are the verdict the device was told.
CREATE TABLE event (
    device       BYTEA  NOT NULL,
    epoch        BIGINT NOT NULL,
    seq          BIGINT NOT NULL,
    site         TEXT   NOT NULL,
    booking      BYTEA  NOT NULL,
    kind         BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    wall         BIGINT NOT NULL,
    monotonic    BIGINT NOT NULL,
    boot         BYTEA  NOT NULL,
    base         BIGINT NOT NULL,
    staff        TEXT   NOT NULL,
    ticket       TEXT   NOT NULL,
    lot          TEXT   NOT NULL,
    reason       BYTEA, -- sealed
    voids_device BYTEA,
    voids_epoch  BIGINT NOT NULL,
    voids_seq    BIGINT NOT NULL,
    hash         BYTEA  NOT NULL,
    outcome      BIGINT NOT NULL,
    code         TEXT   NOT NULL,
    received     BIGINT NOT NULL,
    PRIMARY KEY (device, epoch, seq)
);
CREATE INDEX event_booking ON event (booking);
CREATE INDEX event_review ON event (site, received) WHERE outcome >= 3;

CREATE TABLE stream (
    device BYTEA  NOT NULL,
    epoch  BIGINT NOT NULL,
    site   TEXT   NOT NULL,
    acked  BIGINT NOT NULL,
    head   BYTEA  NOT NULL,
    PRIMARY KEY (device, epoch)
);

-- Every entry's hash covers the entry before it, under a key that is not in
-- the database.
CREATE TABLE audit (
    n      BIGINT NOT NULL PRIMARY KEY,
    at     BIGINT NOT NULL,
    actor  TEXT   NOT NULL,
    action TEXT   NOT NULL,
    object TEXT   NOT NULL,
    detail TEXT   NOT NULL,
    hash   BYTEA  NOT NULL
);
CREATE INDEX audit_at ON audit (at);
