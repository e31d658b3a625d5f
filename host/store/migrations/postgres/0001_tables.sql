-- Texts compare by byte, as in SQLite and Go, whatever the locale of the cluster.
-- Times are nanoseconds since 1970 in UTC, 0 for none. Lists and documents are JSON texts, read and written whole.

-- +goose Up
CREATE TABLE tenants (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL,
    disabled   BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL,
    revision   BIGINT  NOT NULL -- moves with everything a login reads of the tenant
);

CREATE TABLE tenant_domains (
    tenant   TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    domain   TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (tenant, domain),
    CONSTRAINT tenant_domains_domain UNIQUE (domain)
);

-- One row per tenant, made with the tenant, and one provider column: a second active provider cannot be written down.
CREATE TABLE settings (
    tenant                 TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    use_sso                BOOLEAN NOT NULL,
    provider               TEXT COLLATE "C" NOT NULL,
    force_reauthentication BOOLEAN NOT NULL,
    jit                    BOOLEAN NOT NULL,
    role_sync              TEXT COLLATE "C" NOT NULL CHECK (role_sync IN ('never', 'every_login')),
    idp_initiated          TEXT COLLATE "C" NOT NULL CHECK (idp_initiated IN ('restart', 'deny')),
    roles                  TEXT COLLATE "C" NOT NULL,
    inboxes                TEXT COLLATE "C" NOT NULL,
    version                BIGINT  NOT NULL CHECK (version >= 0),
    updated_at             BIGINT  NOT NULL,
    updated_by             TEXT COLLATE "C" NOT NULL,
    CHECK (provider <> '' OR NOT use_sso)
);

CREATE TABLE connections (
    tenant            TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    provider          TEXT COLLATE "C" NOT NULL CHECK (provider <> ''),
    metadata_url      TEXT COLLATE "C" NOT NULL,
    metadata_xml      TEXT COLLATE "C" NOT NULL,
    chosen_entity_id  TEXT COLLATE "C" NOT NULL,
    sign_requests     TEXT COLLATE "C" NOT NULL CHECK (sign_requests IN ('auto', 'always')),
    allow_sha1        BOOLEAN NOT NULL,
    idp               TEXT COLLATE "C" NOT NULL,
    request           TEXT COLLATE "C" NOT NULL,
    notes             TEXT COLLATE "C" NOT NULL,
    fetch_problem     TEXT COLLATE "C" NOT NULL,
    fetched_at        BIGINT  NOT NULL,
    revision          BIGINT  NOT NULL CHECK (revision > 0),
    tested_revision   BIGINT  NOT NULL,
    subject_attribute TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, provider)
);

CREATE TABLE roles (
    tenant    TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    key       TEXT COLLATE "C" NOT NULL,
    position  INTEGER NOT NULL,
    name      TEXT COLLATE "C" NOT NULL,
    exclusive BOOLEAN NOT NULL,
    PRIMARY KEY (tenant, key)
);

CREATE TABLE inboxes (
    tenant    TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    key       TEXT COLLATE "C" NOT NULL,
    position  INTEGER NOT NULL,
    name      TEXT COLLATE "C" NOT NULL,
    exclusive BOOLEAN NOT NULL,
    PRIMARY KEY (tenant, key)
);

CREATE TABLE users (
    tenant         TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id             TEXT COLLATE "C" NOT NULL,
    email          TEXT COLLATE "C" NOT NULL,
    name           TEXT COLLATE "C" NOT NULL,
    search         TEXT COLLATE "C" NOT NULL, -- name and address, lower-case
    roles          TEXT COLLATE "C" NOT NULL,
    inboxes        TEXT COLLATE "C" NOT NULL,
    status         TEXT COLLATE "C" NOT NULL CHECK (status IN ('invited', 'active', 'deactivated')),
    password_hash  TEXT COLLATE "C" NOT NULL,
    created_at     BIGINT NOT NULL,
    last_login_at  BIGINT NOT NULL,
    logout_at      BIGINT NOT NULL,
    logout_authn   BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    CONSTRAINT users_email UNIQUE (tenant, email)
);
CREATE INDEX users_by_email ON users (email);

CREATE TABLE identities (
    tenant        TEXT COLLATE "C" NOT NULL,
    idp_entity_id TEXT COLLATE "C" NOT NULL,
    class         TEXT COLLATE "C" NOT NULL,
    value         TEXT COLLATE "C" NOT NULL,
    user_id       TEXT COLLATE "C" NOT NULL,
    linked_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant, idp_entity_id, class, value),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX identities_by_user ON identities (tenant, user_id);

-- An assertion and a request can be used once: the second use has no place to go.
CREATE TABLE used_assertions (
    tenant       TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    issuer       TEXT COLLATE "C" NOT NULL,
    assertion_id TEXT COLLATE "C" NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant, issuer, assertion_id)
);
CREATE INDEX used_assertions_by_expiry ON used_assertions (expires_at);

CREATE TABLE used_requests (
    tenant     TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    request_id TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, request_id)
);
CREATE INDEX used_requests_by_expiry ON used_requests (expires_at);

CREATE TABLE sessions (
    tenant         TEXT COLLATE "C" NOT NULL,
    hash           TEXT COLLATE "C" NOT NULL,
    user_id        TEXT COLLATE "C" NOT NULL,
    method         TEXT COLLATE "C" NOT NULL CHECK (method IN ('sso', 'password')),
    provider       TEXT COLLATE "C" NOT NULL,
    idp_entity_id  TEXT COLLATE "C" NOT NULL,
    name_id        TEXT COLLATE "C" NOT NULL,
    name_id_format TEXT COLLATE "C" NOT NULL,
    session_index  TEXT COLLATE "C" NOT NULL,
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
    tenant     TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id         BIGINT GENERATED BY DEFAULT AS IDENTITY,
    at         BIGINT NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    email      TEXT COLLATE "C" NOT NULL,
    provider   TEXT COLLATE "C" NOT NULL,
    outcome    TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('signed_in', 'restarted', 'refused')),
    code       TEXT COLLATE "C" NOT NULL,
    steps      TEXT COLLATE "C" NOT NULL,
    grants     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX logins_by_time ON logins (tenant, at);
CREATE INDEX logins_by_age ON logins (at);

CREATE TABLE audit (
    tenant       TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id           BIGINT GENERATED BY DEFAULT AS IDENTITY,
    at           BIGINT NOT NULL,
    actor        TEXT COLLATE "C" NOT NULL,
    action       TEXT COLLATE "C" NOT NULL,
    target       TEXT COLLATE "C" NOT NULL,
    state_before TEXT COLLATE "C" NOT NULL,
    state_after  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- What concerns the deployment itself outlives the tenant it is about.
CREATE TABLE deployment_audit (
    tenant       TEXT COLLATE "C" NOT NULL CHECK (tenant = ''),
    id           BIGINT GENERATED BY DEFAULT AS IDENTITY,
    at           BIGINT NOT NULL,
    actor        TEXT COLLATE "C" NOT NULL,
    action       TEXT COLLATE "C" NOT NULL,
    target       TEXT COLLATE "C" NOT NULL,
    state_before TEXT COLLATE "C" NOT NULL,
    state_after  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE tokens (
    tenant     TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id         TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    hash       TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id),
    CONSTRAINT tokens_hash UNIQUE (hash)
);

CREATE TABLE links (
    tenant     TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    hash       TEXT COLLATE "C" NOT NULL,
    purpose    TEXT COLLATE "C" NOT NULL CHECK (purpose IN ('first_administrator', 'set_password')),
    user_id    TEXT COLLATE "C", -- NULL while the link makes the user
    email      TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant, hash),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX links_by_user ON links (tenant, user_id);
CREATE INDEX links_by_expiry ON links (expires_at);

CREATE TABLE sp_keys (
    tenant      TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id          TEXT COLLATE "C" NOT NULL,
    sealed      BYTEA   NOT NULL,
    certificate BYTEA   NOT NULL,
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
