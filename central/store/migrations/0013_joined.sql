-- +goose Up
-- Residents have an old number and one of the form given since 2021. Where staff
-- have seen both certificates, everything of the old number stands under the new
-- one's blind index.
CREATE TABLE joined (
    number    BYTEA  NOT NULL PRIMARY KEY, -- blind index of the old number
    canonical BYTEA  NOT NULL UNIQUE,      -- and of the new one
    at        BIGINT NOT NULL
);

-- joins counts the batches that changed it.
ALTER TABLE ledger ADD COLUMN joins BIGINT NOT NULL DEFAULT 0;
