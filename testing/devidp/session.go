package devidp

import "net/http"

// cookieName holds the port too: browsers share cookies between ports, and two of these servers may stand side by side.
func (s *Server) cookieName(p *provider) string {
	name := "devidp_" + p.dialect.Key
	if port := s.base.Port(); port != "" {
		name += "_" + port
	}
	return name
}

func (s *Server) cookie(p *provider, value string) *http.Cookie {
	c := &http.Cookie{Name: s.cookieName(p), Value: value, Path: "/", HttpOnly: true}
	if s.base.Scheme == "https" {
		// A request by POST comes from another site and must find the session, as at every real provider.
		c.Secure, c.SameSite = true, http.SameSiteNoneMode
	}
	return c
}

func (s *Server) signedIn(r *http.Request, p *provider) (session, bool) {
	c, err := r.Cookie(s.cookieName(p))
	if err != nil {
		return session{}, false
	}
	return p.session(c.Value, p.now(s.clock))
}

// open starts a session now, in place of the one the browser may have.
func (s *Server) open(w http.ResponseWriter, r *http.Request, p *provider, person Person) session {
	s.close(r, p)
	id, opened := p.open(person.Login, p.now(s.clock), s.ttl)
	http.SetCookie(w, s.cookie(p, id))
	return opened
}

func (s *Server) close(r *http.Request, p *provider) {
	if c, err := r.Cookie(s.cookieName(p)); err == nil {
		p.end(c.Value)
	}
}
