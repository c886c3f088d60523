-- +goose Up
-- To whom a recalled lot was given is asked while people wait for the answer.
CREATE INDEX event_given_lot ON event (UPPER(TRIM(lot))) WHERE kind = 2;

-- The second step of a staff account's login. secret is sealed (internal/seal). began
-- is 0 until a first code was right; step is the time step of the last code that was
-- used, which is not taken again. codes are keyed hashes of the recovery codes that are
-- left, 32 bytes each.
CREATE TABLE second_step (
    name   TEXT   NOT NULL PRIMARY KEY REFERENCES account (name) ON DELETE CASCADE,
    secret BYTEA  NOT NULL,
    began  BIGINT NOT NULL,
    step   BIGINT NOT NULL,
    codes  BYTEA  NOT NULL
);
