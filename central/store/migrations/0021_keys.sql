-- +goose Up
-- Central's static keys in generations. The seeds of the first are in a file,
-- those of the others here, sealed with a key from that file. retired is an
-- instant in Unix milliseconds, 0 while devices may use the generation.
CREATE TABLE central_key (
    number  BIGINT NOT NULL PRIMARY KEY,
    sealed  BYTEA,
    created BIGINT NOT NULL,
    retired BIGINT NOT NULL
);
INSERT INTO central_key (number, sealed, created, retired) VALUES (1, NULL, 0, 0);

-- The generation that the device was last seen with, 0 before the first time.
ALTER TABLE device ADD COLUMN keys BIGINT NOT NULL DEFAULT 0;
