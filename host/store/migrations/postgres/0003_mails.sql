-- The queue of mails. At most one mail of a kind per person, and no address, token or text in it: those are made when it is sent.

-- +goose Up
CREATE TABLE mails (
    tenant       TEXT COLLATE "C" NOT NULL,
    user_id      TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('invitation', 'reset_password')),
    language     TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    claim        TEXT COLLATE "C" NOT NULL, -- of the sender who has it
    attempts     INTEGER NOT NULL,
    queued_at    BIGINT  NOT NULL,
    due_at       BIGINT  NOT NULL,
    sent_at      BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL, -- of the link in it
    error_code   TEXT COLLATE "C" NOT NULL,
    error_detail TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, user_id, kind),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX mails_by_due ON mails (state, due_at);

ALTER TABLE links DROP CONSTRAINT links_purpose_check;
ALTER TABLE links ADD CONSTRAINT links_purpose_check CHECK (purpose IN ('first_administrator', 'set_password', 'invitation', 'reset_password'));

-- +goose Down
DROP TABLE mails;
DELETE FROM links WHERE purpose IN ('invitation', 'reset_password');
ALTER TABLE links DROP CONSTRAINT links_purpose_check;
ALTER TABLE links ADD CONSTRAINT links_purpose_check CHECK (purpose IN ('first_administrator', 'set_password'));
