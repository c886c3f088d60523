-- +goose Up
-- What desks wrote of their site's vaccine is told in the order of its numbers, and the
-- doses given are counted by lot.
CREATE INDEX event_stock ON event (site, stamp) WHERE kind = 16;
CREATE INDEX event_dose ON event (site, lot) WHERE kind = 2;

-- +goose Down
DROP INDEX event_dose;
DROP INDEX event_stock;
