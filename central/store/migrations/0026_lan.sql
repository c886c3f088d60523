-- +goose Up
-- The sites whose devices may help each other over their own network while central
-- is away, and since when, in Unix milliseconds.
CREATE TABLE site_lan (
    site  TEXT   NOT NULL PRIMARY KEY REFERENCES site (code),
    since BIGINT NOT NULL
);

-- +goose Down
DROP TABLE site_lan;
