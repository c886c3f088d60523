-- +goose Up
-- A device that asks with a code waits until a person has compared five words.

-- asked is when it asked (0: nobody did), with the keys noise and sign; device
-- is the id that it gets, and has a row in device only once it was approved.
ALTER TABLE enrol_code ADD COLUMN asked BIGINT NOT NULL DEFAULT 0;
ALTER TABLE enrol_code ADD COLUMN noise BYTEA;
ALTER TABLE enrol_code ADD COLUMN sign BYTEA;
ALTER TABLE enrol_code ADD COLUMN build TEXT NOT NULL DEFAULT '';
ALTER TABLE enrol_code ADD COLUMN nonce BYTEA;
ALTER TABLE enrol_code ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE enrol_code ADD COLUMN approved BIGINT NOT NULL DEFAULT 0;
ALTER TABLE enrol_code ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;
