-- +goose Up
-- The devices at the clinics, and the codes with which they come in. Keys here
-- are public ones; what is secret is derived from a file outside the database.

-- noise and sign are the device's public keys. Letters of a site are dense and
-- never given out twice, so queue numbers of two devices cannot meet. revoked
-- and fenced are instants, 0 while the device is in order.
CREATE TABLE device (
    id         BYTEA  NOT NULL PRIMARY KEY,
    site       TEXT   NOT NULL REFERENCES site (code),
    role       TEXT   NOT NULL,
    letter     TEXT   NOT NULL,
    label      TEXT   NOT NULL,
    epoch      BIGINT NOT NULL,
    noise      BYTEA  NOT NULL,
    sign       BYTEA  NOT NULL,
    enrolled   BIGINT NOT NULL,
    not_before BIGINT NOT NULL, -- of the grant, Unix seconds
    expires    BIGINT NOT NULL, -- of the grant, Unix seconds
    revoked    BIGINT NOT NULL,
    fenced     BIGINT NOT NULL
);
CREATE UNIQUE INDEX device_letter ON device (site, letter);
CREATE UNIQUE INDEX device_noise ON device (noise);

-- What the device last said about itself; written some seconds late.
CREATE TABLE device_status (
    device         BYTEA  NOT NULL PRIMARY KEY REFERENCES device (id),
    contact        BIGINT NOT NULL,
    pulled         BIGINT NOT NULL, -- when a pull last brought everything
    pushed         BIGINT NOT NULL,
    moved          BIGINT NOT NULL, -- when acked last rose, or nothing was pending
    build          TEXT   NOT NULL,
    version        BIGINT NOT NULL, -- 0: none in common
    history        BYTEA  NOT NULL,
    position       BIGINT NOT NULL, -- the device's cursor
    max_seq        BIGINT NOT NULL,
    acked          BIGINT NOT NULL,
    oldest_pending BIGINT NOT NULL, -- seconds
    skew           BIGINT NOT NULL, -- milliseconds, the device's clock minus ours
    free_disk      BIGINT NOT NULL,
    database_size  BIGINT NOT NULL,
    reader         BIGINT NOT NULL,
    round_trip     BIGINT NOT NULL  -- milliseconds
);

-- selector is the first four characters of the secret, by which a code is
-- found; proof is a keyed hash of all ten. tries counts wrong secrets.
CREATE TABLE enrol_code (
    proof    BYTEA  NOT NULL PRIMARY KEY,
    selector TEXT   NOT NULL,
    site     TEXT   NOT NULL REFERENCES site (code),
    role     TEXT   NOT NULL,
    label    TEXT   NOT NULL,
    actor    TEXT   NOT NULL,
    created  BIGINT NOT NULL,
    expires  BIGINT NOT NULL,
    tries    BIGINT NOT NULL,
    device   BYTEA  -- which came in with it
);
CREATE INDEX enrol_code_selector ON enrol_code (selector);
