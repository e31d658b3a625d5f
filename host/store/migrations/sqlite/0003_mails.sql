-- The queue of mails. At most one mail of a kind per person, and no address, token or text in it: those are made when it is sent.

-- +goose Up
CREATE TABLE mails (
    tenant       TEXT   NOT NULL,
    user_id      TEXT   NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('invitation', 'reset_password')),
    language     TEXT   NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    claim        TEXT   NOT NULL, -- of the sender who has it
    attempts     INTEGER NOT NULL,
    queued_at    BIGINT  NOT NULL,
    due_at       BIGINT  NOT NULL,
    sent_at      BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL, -- of the link in it
    error_code   TEXT   NOT NULL,
    error_detail TEXT   NOT NULL,
    PRIMARY KEY (tenant, user_id, kind),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX mails_by_due ON mails (state, due_at);

-- SQLite changes no CHECK in place.
CREATE TABLE links_new (
    tenant     TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    hash       TEXT   NOT NULL,
    purpose    TEXT   NOT NULL CHECK (purpose IN ('first_administrator', 'set_password', 'invitation', 'reset_password')),
    user_id    TEXT, -- NULL while the link makes the user
    email      TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant, hash),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
INSERT INTO links_new SELECT tenant, hash, purpose, user_id, email, expires_at, spent_at FROM links;
DROP TABLE links;
ALTER TABLE links_new RENAME TO links;
CREATE INDEX links_by_user ON links (tenant, user_id);
CREATE INDEX links_by_expiry ON links (expires_at);

-- +goose Down
DROP TABLE mails;
CREATE TABLE links_old (
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
INSERT INTO links_old SELECT tenant, hash, purpose, user_id, email, expires_at, spent_at FROM links
    WHERE purpose IN ('first_administrator', 'set_password');
DROP TABLE links;
ALTER TABLE links_old RENAME TO links;
CREATE INDEX links_by_user ON links (tenant, user_id);
CREATE INDEX links_by_expiry ON links (expires_at);
