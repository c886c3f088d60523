-- +goose Up
-- Who may come in at the staff door. Instants are Unix milliseconds.

-- district is given for a health centre, site for a clinic, else both are empty.
-- hash is argon2id in the PHC form. stamp rises when every open session of the
-- account has to end. failures counts wrong passwords in a row; locked is the
-- instant until which nobody comes in, 0 while it is not.
CREATE TABLE account (
    name     TEXT   NOT NULL PRIMARY KEY,
    display  TEXT   NOT NULL,
    role     TEXT   NOT NULL,
    district TEXT   NOT NULL,
    site     TEXT   NOT NULL,
    hash     TEXT   NOT NULL,
    stamp    BIGINT NOT NULL,
    created  BIGINT NOT NULL,
    expires  BIGINT NOT NULL,
    disabled BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    locked   BIGINT NOT NULL,
    login    BIGINT NOT NULL
);
