-- Whose people an e-mail domain has is asked by strangers on the sign-in page.

-- +goose Up
ALTER TABLE users ADD COLUMN domain TEXT GENERATED ALWAYS AS (split_part(email, '@', 2)) STORED;
CREATE INDEX users_by_domain ON users (domain, tenant);

-- +goose Down
DROP INDEX users_by_domain;
ALTER TABLE users DROP COLUMN domain;
