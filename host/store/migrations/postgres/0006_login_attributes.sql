-- The attributes that came with a sign-in, sealed, for administrators who try their mappings.

-- +goose Up
ALTER TABLE logins ADD COLUMN attributes BYTEA;

-- +goose Down
ALTER TABLE logins DROP COLUMN attributes;
