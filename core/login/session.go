package login

import (
	"context"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// seenEvery is how often the use of a session is written down: often enough for idle expiry, rarely enough to cost nothing.
const seenEvery = time.Minute

func (s *Service) newSession(t sso.TenantID, u sso.UserID, now time.Time) (token string, session sso.Session) {
	token = s.NewToken()
	return token, sso.Session{
		Tenant: t, Hash: sso.HashToken(token), User: u, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(s.Options.SessionTTL),
	}
}

// Held names a session that a browser holds, by the hash of its token; the zero value names none. A hash opens nothing, so that it may travel
// where a token may not.
type Held struct {
	Tenant sso.TenantID `json:"t"`
	Hash   string       `json:"s"`
}

// HeldBy is the session of a token.
func HeldBy(t sso.TenantID, token string) Held { return Held{t, sso.HashToken(token)} }

// Replace ends a session whose browser has signed in again. Unlike [Service.Logout] it is no wish to leave, so that rule 8 asks nothing later.
// A session or tenant that is gone is no error.
func (s *Service) Replace(ctx context.Context, old Held) error {
	err := s.Store.InTx(ctx, old.Tenant, func(tx Tx) error {
		_, _, err := tx.EndSession(old.Hash)
		return err
	})
	if sso.CodeOf(err) == sso.NotFound {
		return nil
	}
	return err
}

// Resume returns the open session of a token and its user; [sso.Unauthorized] when there is none (any more).
func (s *Service) Resume(ctx context.Context, t sso.TenantID, token string) (sso.Session, sso.User, error) {
	const op = "login.resume"
	now := s.Now()
	session, user, err := s.Store.Session(ctx, t, sso.HashToken(token))
	switch {
	case sso.CodeOf(err) == sso.NotFound:
		return sso.Session{}, sso.User{}, sso.Refuse(op, sso.Unauthorized)
	case err != nil:
		return sso.Session{}, sso.User{}, err
	case !s.isOpen(session, user, now):
		return sso.Session{}, sso.User{}, sso.Refuse(op, sso.Unauthorized)
	}
	if now.Sub(session.SeenAt) >= seenEvery {
		if err := s.Store.Seen(ctx, t, session.Hash, now); err != nil {
			return sso.Session{}, sso.User{}, err
		}
		session.SeenAt = now
	}
	return session, user, nil
}

func (s *Service) isOpen(session sso.Session, user sso.User, now time.Time) bool {
	return now.Before(session.ExpiresAt) && now.Sub(session.SeenAt) < s.Options.SessionIdle && user.Status == sso.Active
}
