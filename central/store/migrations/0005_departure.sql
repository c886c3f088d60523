-- +goose Up
-- Bookings that were moved to another site. The feed of the site they left
-- takes them off its devices; slot is the place that was given up.
CREATE TABLE departure (
    site    TEXT   NOT NULL REFERENCES site (code),
    booking BYTEA  NOT NULL REFERENCES booking (id),
    slot    BYTEA  NOT NULL REFERENCES slot (id),
    day     TEXT   NOT NULL,
    stamp   BIGINT NOT NULL,
    PRIMARY KEY (site, booking)
);
CREATE INDEX departure_feed ON departure (site, stamp);
