-- +goose Up
-- Who waits for a place in a slot (候補): a booking that is not one yet, in the
-- columns of booking and sealed as one. holds is true while it waits.
CREATE TABLE standby (
    id               BYTEA   NOT NULL PRIMARY KEY,
    slot             BYTEA   NOT NULL REFERENCES slot (id),
    site             TEXT    NOT NULL,
    period           TEXT    NOT NULL,
    programme        TEXT    NOT NULL,
    vaccine          TEXT    NOT NULL,
    dose             TEXT    NOT NULL,
    day              TEXT    NOT NULL,
    starts           BIGINT  NOT NULL,
    person           BYTEA   NOT NULL,
    number           BYTEA   NOT NULL,
    name             BYTEA   NOT NULL,
    birth            BYTEA   NOT NULL,
    mobile           BYTEA,
    landline         BYTEA,
    guardian         BYTEA,
    age              BIGINT  NOT NULL,
    consents         BIGINT  NOT NULL,
    guardian_consent BOOLEAN NOT NULL,
    request          BYTEA   NOT NULL,
    created          BIGINT  NOT NULL,
    cancelled        BIGINT  NOT NULL,
    version          BIGINT  NOT NULL,
    attendance       BIGINT  NOT NULL,
    holds            BOOLEAN NOT NULL,
    stamp            BIGINT  NOT NULL
);
CREATE INDEX standby_waiting ON standby (slot) WHERE holds;

-- What happened to the list of a slot, in order: anybody can check the draw by it.
CREATE TABLE standby_step (
    slot  BYTEA  NOT NULL REFERENCES slot (id),
    n     BIGINT NOT NULL,
    kind  TEXT   NOT NULL,
    entry BYTEA  NOT NULL REFERENCES standby (id),
    at    BIGINT NOT NULL,
    PRIMARY KEY (slot, n)
);
