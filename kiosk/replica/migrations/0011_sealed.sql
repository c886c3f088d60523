-- +goose Up
-- From here on op is sealed, in event and in peer_event. What lies there in the clear
-- is sealed when the key is there (unsealed.go); until then the mark says so.
INSERT INTO meta (key, value) SELECT 'unsealed', CAST('rows' AS BLOB)
	WHERE EXISTS (SELECT 1 FROM event) OR EXISTS (SELECT 1 FROM peer_event);

-- +goose Down
-- An older program reads no sealed op.
DELETE FROM meta WHERE key = 'unsealed';
