-- +goose Up
-- The keys that seal personal fields. handover is the secret of one that not every
-- process has yet, sealed with the key before it. began and retired are instants in
-- Unix milliseconds: when values began to be sealed with the key, and when nothing
-- was any more; 0 before.
CREATE TABLE data_key (
    number   BIGINT NOT NULL PRIMARY KEY,
    handover BYTEA,
    drawn    BIGINT NOT NULL,
    began    BIGINT NOT NULL,
    retired  BIGINT NOT NULL
);
