-- +goose Up
-- To whom a recalled lot was given is asked while people wait for the answer.
CREATE INDEX event_given_lot ON event (UPPER(TRIM(lot))) WHERE kind = 2;
