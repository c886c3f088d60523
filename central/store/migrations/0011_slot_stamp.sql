-- +goose Up
-- A site has some hundred slots, which slot_once finds by their site; an index on
-- their stamps would have to be written with every booking.
DROP INDEX slot_feed;
