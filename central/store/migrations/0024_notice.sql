-- +goose Up
-- What a person is told once because of something that happened, such as that a
-- booking was released. The columns are those of reminder.
CREATE TABLE notice (
    booking  BYTEA  NOT NULL,
    kind     TEXT   NOT NULL,
    channel  TEXT   NOT NULL,
    due      BIGINT NOT NULL,
    state    TEXT   NOT NULL,
    attempts BIGINT NOT NULL,
    next     BIGINT NOT NULL,
    sent     BIGINT NOT NULL,
    problem  TEXT   NOT NULL,
    PRIMARY KEY (booking, kind)
);
CREATE INDEX notice_next ON notice (next) WHERE state = 'waiting';

-- When a booking left a site, and the last number of the site's feed whose trace of a
-- departure has been removed: who knows less of the feed has to begin anew.
ALTER TABLE departure ADD COLUMN at BIGINT NOT NULL DEFAULT 0;
UPDATE departure SET at = (SELECT COALESCE(MAX(at), 0) FROM audit);
ALTER TABLE site ADD COLUMN floor BIGINT NOT NULL DEFAULT 0;

-- Which data of the person in a booking were corrected last: by the change that made
-- this version of the booking, and whether it was the citizen's.
CREATE TABLE corrected (
    booking BYTEA   NOT NULL,
    field   TEXT    NOT NULL,
    version BIGINT  NOT NULL,
    citizen BOOLEAN NOT NULL,
    PRIMARY KEY (booking, field)
);
