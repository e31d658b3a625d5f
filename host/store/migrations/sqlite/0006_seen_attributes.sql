-- The names of the attributes that the last test of a connection brought.

-- +goose Up
ALTER TABLE connections ADD COLUMN seen_attributes TEXT NOT NULL DEFAULT 'null';

-- +goose Down
ALTER TABLE connections DROP COLUMN seen_attributes;
