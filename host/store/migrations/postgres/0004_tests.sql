-- Tests of a connection leave a trace, too.

-- +goose Up
ALTER TABLE logins DROP CONSTRAINT logins_outcome_check;
ALTER TABLE logins ADD CONSTRAINT logins_outcome_check CHECK (outcome IN ('signed_in', 'restarted', 'refused', 'tested'));

-- +goose Down
DELETE FROM logins WHERE outcome = 'tested';
ALTER TABLE logins DROP CONSTRAINT logins_outcome_check;
ALTER TABLE logins ADD CONSTRAINT logins_outcome_check CHECK (outcome IN ('signed_in', 'restarted', 'refused'));
