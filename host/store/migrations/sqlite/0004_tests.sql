-- Tests of a connection leave a trace, too. SQLite changes no constraint, so the table is made anew.

-- +goose Up
CREATE TABLE logins_new (
    tenant     TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id         BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    request_id TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    email      TEXT   NOT NULL,
    provider   TEXT   NOT NULL,
    outcome    TEXT   NOT NULL CHECK (outcome IN ('signed_in', 'restarted', 'refused', 'tested')),
    code       TEXT   NOT NULL,
    steps      TEXT   NOT NULL,
    grants     TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
INSERT INTO logins_new SELECT tenant, id, at, request_id, user_id, email, provider, outcome, code, steps, grants FROM logins;
DROP TABLE logins;
ALTER TABLE logins_new RENAME TO logins;
CREATE UNIQUE INDEX logins_by_id ON logins (id);
CREATE INDEX logins_by_time ON logins (tenant, at);
CREATE INDEX logins_by_age ON logins (at);

-- +goose Down
CREATE TABLE logins_new (
    tenant     TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id         BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    request_id TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    email      TEXT   NOT NULL,
    provider   TEXT   NOT NULL,
    outcome    TEXT   NOT NULL CHECK (outcome IN ('signed_in', 'restarted', 'refused')),
    code       TEXT   NOT NULL,
    steps      TEXT   NOT NULL,
    grants     TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
INSERT INTO logins_new SELECT tenant, id, at, request_id, user_id, email, provider, outcome, code, steps, grants FROM logins WHERE outcome <> 'tested';
DROP TABLE logins;
ALTER TABLE logins_new RENAME TO logins;
CREATE UNIQUE INDEX logins_by_id ON logins (id);
CREATE INDEX logins_by_time ON logins (tenant, at);
CREATE INDEX logins_by_age ON logins (at);
