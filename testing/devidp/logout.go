package devidp

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/crewjam/saml"
)

// logout takes what service providers send to the single logout service: a LogoutRequest, which must be signed, ends the sessions that it names, and
// is answered; a LogoutResponse goes on with a logout that was started here. crewjam's provider checks, tells the other service providers of
// the session, and writes the answers.
func (s *Server) logout(w http.ResponseWriter, r *http.Request, p *provider, location string) {
	if p.dialect.LogoutPath == "" {
		s.fail(w, r, http.StatusBadRequest, p.dialect.Title+" has no single logout", errors.New("the metadata names no SingleLogoutService"))
		return
	}
	s.logoutService(p, location).ServeSLO(w, r)
}

// logoutService is the library's provider with the sessions of p.
func (s *Server) logoutService(p *provider, location string) *saml.IdentityProvider {
	idp := s.crewjam(p, location)
	idp.SessionProvider = participants{s, p}
	idp.Logger = slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)
	return idp
}

// participants tells the library which service providers a session was used for.
type participants struct {
	server   *Server
	provider *provider
}

var (
	_ saml.SessionParticipantTracker = participants{}
	_ saml.SessionInvalidator        = participants{}
)

// GetSession implements saml.SessionProvider. Sign-ins do not go through the library.
func (participants) GetSession(http.ResponseWriter, *http.Request, *saml.IdpAuthnRequest) *saml.Session {
	return nil
}

// AddSessionParticipant implements saml.SessionParticipantTracker. respond notes them.
func (participants) AddSessionParticipant(*http.Request, *saml.Session, saml.SessionParticipant) error {
	return nil
}

// SessionParticipants implements saml.SessionParticipantTracker.
func (ps participants) SessionParticipants(_ *http.Request, match func(*saml.Session) bool) ([]saml.SessionParticipant, error) {
	ps.provider.mu.Lock()
	defer ps.provider.mu.Unlock()
	var out []saml.SessionParticipant
	for id, held := range ps.provider.sessions {
		if held.matches(id, match) {
			out = append(out, held.participants...)
		}
	}
	return out, nil
}

// InvalidateSession implements saml.SessionInvalidator.
func (ps participants) InvalidateSession(_ http.ResponseWriter, r *http.Request, req *saml.IdpLogoutRequest) error {
	ps.provider.mu.Lock()
	defer ps.provider.mu.Unlock()
	for id, held := range ps.provider.sessions {
		if held.matches(id, req.MatchesSession) {
			delete(ps.provider.sessions, id)
		}
	}
	return nil
}

// matches asks about a session under every name and index that it was told to somebody by: some dialects have an index for each assertion.
func (held session) matches(id string, match func(*saml.Session) bool) bool {
	if match(&saml.Session{ID: id}) {
		return true
	}
	for _, p := range held.participants {
		if match(&saml.Session{ID: id, NameID: p.NameID.Value, NameIDFormat: p.NameID.Format, Index: p.SessionIndex}) {
			return true
		}
	}
	return false
}

// participate notes to whom a session was told, and how.
func (p *provider) participate(index, serviceProvider string, r *Response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, held := range p.sessions {
		if held.index != index {
			continue
		}
		for _, a := range r.Assertions {
			told := saml.SessionParticipant{ServiceProviderID: serviceProvider}
			if a.NameID != nil {
				told.NameID = samlName(*a.NameID)
			}
			if a.Authn != nil {
				told.SessionIndex = a.Authn.SessionIndex
			}
			held.participants = append(held.participants, told)
		}
		p.sessions[id] = held
	}
}

func samlName(n NameID) saml.NameID {
	return saml.NameID{Value: n.Value, Format: n.Format, NameQualifier: n.NameQualifier, SPNameQualifier: n.SPNameQualifier}
}

// signOut ends the browser's session at one provider, tells the service providers that it was used for where the dialect has single logout, and comes
// back to the home page.
func (s *Server) signOut(p *provider) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		home := s.URL() + "/"
		gone := s.cookie(p, "")
		gone.MaxAge = -1
		http.SetCookie(w, gone)
		held, err := r.Cookie(s.cookieName(p))
		if err != nil || p.dialect.LogoutPath == "" {
			s.close(r, p)
			http.Redirect(w, r, home, http.StatusSeeOther)
			return
		}
		s.logoutService(p, s.URL()+p.dialect.LogoutPath).StartLogout(w, r, &saml.Session{ID: held.Value}, home)
		s.close(r, p)
	}
}
