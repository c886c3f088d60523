-- +goose Up
-- One row, changed by every batch of decisions. Where several processes decide,
-- whoever has locked it is alone: the chain of the audit trail, the numbers of the
-- feeds and the places that are left go on from what it finds then.
--
-- entries and hash are those of the audit trail's last entry, hash NULL before the
-- first. batch counts the batches; rules those that changed the catalogue, claims
-- those that changed who waits for a place or has one to give out.
CREATE TABLE ledger (
    id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    entries BIGINT NOT NULL,
    hash    BYTEA,
    batch   BIGINT NOT NULL,
    rules   BIGINT NOT NULL,
    claims  BIGINT NOT NULL
);
INSERT INTO ledger (id, entries, hash, batch, rules, claims)
    SELECT 1, COALESCE(MAX(n), 0), (SELECT hash FROM audit ORDER BY n DESC LIMIT 1), 0, 0, 0 FROM audit;
