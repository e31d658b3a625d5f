-- Times are nanoseconds since 1970 in UTC, 0 for none. Lists and documents are JSON texts, read and written whole.

-- +goose Up
CREATE TABLE tenants (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    disabled   BOOLEAN NOT NULL CHECK (disabled IN (0, 1)),
    created_at BIGINT  NOT NULL,
    revision   BIGINT  NOT NULL -- moves with everything a login reads of the tenant
);

CREATE TABLE tenant_domains (
    tenant   TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    domain   TEXT    NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (tenant, domain),
    CONSTRAINT tenant_domains_domain UNIQUE (domain)
);

-- One row per tenant, made with the tenant, and one provider column: a second active provider cannot be written down.
CREATE TABLE settings (
    tenant                 TEXT    NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    use_sso                BOOLEAN NOT NULL CHECK (use_sso IN (0, 1)),
    provider               TEXT    NOT NULL,
    force_reauthentication BOOLEAN NOT NULL CHECK (force_reauthentication IN (0, 1)),
    jit                    BOOLEAN NOT NULL CHECK (jit IN (0, 1)),
    role_sync              TEXT    NOT NULL CHECK (role_sync IN ('never', 'every_login')),
    idp_initiated          TEXT    NOT NULL CHECK (idp_initiated IN ('restart', 'deny')),
    roles                  TEXT    NOT NULL,
    inboxes                TEXT    NOT NULL,
    version                BIGINT  NOT NULL CHECK (version >= 0),
    updated_at             BIGINT  NOT NULL,
    updated_by             TEXT    NOT NULL,
    CHECK (provider <> '' OR NOT use_sso)
);

CREATE TABLE connections (
    tenant            TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    provider          TEXT    NOT NULL CHECK (provider <> ''),
    metadata_url      TEXT    NOT NULL,
    metadata_xml      TEXT    NOT NULL,
    chosen_entity_id  TEXT    NOT NULL,
    sign_requests     TEXT    NOT NULL CHECK (sign_requests IN ('auto', 'always')),
    allow_sha1        BOOLEAN NOT NULL CHECK (allow_sha1 IN (0, 1)),
    idp               TEXT    NOT NULL,
    request           TEXT    NOT NULL,
    notes             TEXT    NOT NULL,
    fetch_problem     TEXT    NOT NULL,
    fetched_at        BIGINT  NOT NULL,
    revision          BIGINT  NOT NULL CHECK (revision > 0),
    tested_revision   BIGINT  NOT NULL,
    subject_attribute TEXT    NOT NULL,
    PRIMARY KEY (tenant, provider)
);

CREATE TABLE roles (
    tenant    TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    key       TEXT    NOT NULL,
    position  INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    exclusive BOOLEAN NOT NULL CHECK (exclusive IN (0, 1)),
    PRIMARY KEY (tenant, key)
);

CREATE TABLE inboxes (
    tenant    TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    key       TEXT    NOT NULL,
    position  INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    exclusive BOOLEAN NOT NULL CHECK (exclusive IN (0, 1)),
    PRIMARY KEY (tenant, key)
);

CREATE TABLE users (
    tenant         TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id             TEXT   NOT NULL,
    email          TEXT   NOT NULL,
    name           TEXT   NOT NULL,
    search         TEXT   NOT NULL, -- name and address, lower-case
    roles          TEXT   NOT NULL,
    inboxes        TEXT   NOT NULL,
    status         TEXT   NOT NULL CHECK (status IN ('invited', 'active', 'deactivated')),
    password_hash  TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    last_login_at  BIGINT NOT NULL,
    logout_at      BIGINT NOT NULL,
    logout_authn   BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    CONSTRAINT users_email UNIQUE (tenant, email)
);
CREATE INDEX users_by_email ON users (email);

CREATE TABLE identities (
    tenant        TEXT   NOT NULL,
    idp_entity_id TEXT   NOT NULL,
    class         TEXT   NOT NULL,
    value         TEXT   NOT NULL,
    user_id       TEXT   NOT NULL,
    linked_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant, idp_entity_id, class, value),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX identities_by_user ON identities (tenant, user_id);

-- An assertion and a request can be used once: the second use has no place to go.
CREATE TABLE used_assertions (
    tenant       TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    issuer       TEXT   NOT NULL,
    assertion_id TEXT   NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant, issuer, assertion_id)
);
CREATE INDEX used_assertions_by_expiry ON used_assertions (expires_at);

CREATE TABLE used_requests (
    tenant     TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    request_id TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, request_id)
);
CREATE INDEX used_requests_by_expiry ON used_requests (expires_at);

CREATE TABLE sessions (
    tenant         TEXT   NOT NULL,
    hash           TEXT   NOT NULL,
    user_id        TEXT   NOT NULL,
    method         TEXT   NOT NULL CHECK (method IN ('sso', 'password')),
    provider       TEXT   NOT NULL,
    idp_entity_id  TEXT   NOT NULL,
    name_id        TEXT   NOT NULL,
    name_id_format TEXT   NOT NULL,
    session_index  TEXT   NOT NULL,
    authn_instant  BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    seen_at        BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant, hash),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX sessions_by_user ON sessions (tenant, user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE logins (
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
CREATE UNIQUE INDEX logins_by_id ON logins (id);
CREATE INDEX logins_by_time ON logins (tenant, at);
CREATE INDEX logins_by_age ON logins (at);

CREATE TABLE audit (
    tenant       TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id           BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    actor        TEXT   NOT NULL,
    action       TEXT   NOT NULL,
    target       TEXT   NOT NULL,
    state_before TEXT   NOT NULL,
    state_after  TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX audit_by_id ON audit (id);

-- What concerns the deployment itself outlives the tenant it is about.
CREATE TABLE deployment_audit (
    tenant       TEXT   NOT NULL CHECK (tenant = ''),
    id           BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    actor        TEXT   NOT NULL,
    action       TEXT   NOT NULL,
    target       TEXT   NOT NULL,
    state_before TEXT   NOT NULL,
    state_after  TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX deployment_audit_by_id ON deployment_audit (id);

CREATE TABLE tokens (
    tenant     TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id         TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    CONSTRAINT tokens_hash UNIQUE (hash)
);

CREATE TABLE links (
    tenant     TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    hash       TEXT   NOT NULL,
    purpose    TEXT   NOT NULL CHECK (purpose IN ('first_administrator', 'set_password')),
    user_id    TEXT, -- NULL while the link makes the user
    email      TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant, hash),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX links_by_user ON links (tenant, user_id);
CREATE INDEX links_by_expiry ON links (expires_at);

CREATE TABLE sp_keys (
    tenant      TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id          TEXT   NOT NULL,
    sealed      BLOB   NOT NULL,
    certificate BLOB   NOT NULL,
    created_at  BIGINT NOT NULL,
    retired_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- +goose Down
DROP TABLE sp_keys;
DROP TABLE links;
DROP TABLE tokens;
DROP TABLE deployment_audit;
DROP TABLE audit;
DROP TABLE logins;
DROP TABLE sessions;
DROP TABLE used_requests;
DROP TABLE used_assertions;
DROP TABLE identities;
DROP TABLE users;
DROP TABLE inboxes;
DROP TABLE roles;
DROP TABLE connections;
DROP TABLE settings;
DROP TABLE tenant_domains;
DROP TABLE tenants;
