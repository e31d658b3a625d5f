-- A provider that is told of a logout wants its person's name back exactly as it gave it; one that tells us of a logout names sessions by it.

-- +goose Up
ALTER TABLE sessions ADD COLUMN name_qualifier TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN sp_name_qualifier TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX sessions_by_name ON sessions (tenant, name_id);

-- +goose Down
DROP INDEX sessions_by_name;
ALTER TABLE sessions DROP COLUMN sp_name_qualifier;
ALTER TABLE sessions DROP COLUMN name_qualifier;
