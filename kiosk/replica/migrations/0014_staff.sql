-- +goose Up
-- Who works at this device. An account is what stands on events; doc is sealed: the
-- name, the hash of the PIN, whether they manage the device. wrong counts the PINs in a
-- row that were not right; before again (Unix milliseconds) none is judged.
CREATE TABLE staff (
	account TEXT   NOT NULL PRIMARY KEY,
	doc     BYTEA  NOT NULL,
	wrong   BIGINT NOT NULL,
	again   BIGINT NOT NULL
);

-- +goose Down
DROP TABLE staff;
