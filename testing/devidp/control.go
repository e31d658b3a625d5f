package devidp

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// errUnknownDialect is a dialect this server does not speak.
var errUnknownDialect = errors.New("no such dialect here")

func (s *Server) provider(dialect string) (*provider, error) {
	if p, ok := s.idps[dialect]; ok {
		return p, p.wake(s.clock())
	}
	return nil, fmt.Errorf("%q: %w", dialect, errUnknownDialect)
}

// Metadata is the metadata document of a dialect as it is served now.
func (s *Server) Metadata(dialect string) ([]byte, error) {
	p, err := s.provider(dialect)
	if err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	_, key := p.current()
	d := Description{
		EntityID: p.dialect.EntityID, SSO: s.URL() + p.dialect.SSOPath, Certificates: p.certificates(),
		Signature: *p.signature(key), Now: p.now(s.clock),
	}
	if p.dialect.LogoutPath != "" {
		d.Logout = s.URL() + p.dialect.LogoutPath
	}
	return p.dialect.Metadata(d)
}

// Change edits the settings of a dialect. When change fails or leaves settings that make no sense, nothing changes.
func (s *Server) Change(dialect string, change func(*Settings) error) error {
	p, err := s.provider(dialect)
	if err != nil {
		return fmt.Errorf("change: %w", err)
	}
	return p.change(change)
}

// Rotate makes a dialect sign with a new key from now on; its metadata follows at once.
func (s *Server) Rotate(dialect string) error {
	p, err := s.provider(dialect)
	if err != nil {
		return fmt.Errorf("rotate: %w", err)
	}
	return p.rotate(s.clock())
}

// Key is the key a dialect signs with now.
func (s *Server) Key(dialect string) (Key, error) {
	p, err := s.provider(dialect)
	if err != nil {
		return Key{}, fmt.Errorf("key: %w", err)
	}
	_, key := p.current()
	return key, nil
}

// EndSessions signs everybody out of a dialect.
func (s *Server) EndSessions(dialect string) error {
	p, err := s.provider(dialect)
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	p.endAll()
	return nil
}

// LastResponse is the XML of the last response a dialect sent; nil before the first.
func (s *Server) LastResponse(dialect string) ([]byte, error) {
	p, err := s.provider(dialect)
	if err != nil {
		return nil, fmt.Errorf("last response: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last, nil
}

// Trust adds a service provider by its metadata document and returns its entity ID.
func (s *Server) Trust(metadata []byte) (string, error) { return s.trust.register(metadata) }

// SetPerson adds a person or replaces the one with the same login.
func (s *Server) SetPerson(p Person) error {
	if p.Login == "" {
		return errors.New("set person: no login")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	people := slices.Clone(s.people)
	if i := slices.IndexFunc(people, func(q Person) bool { return strings.EqualFold(q.Login, p.Login) }); i >= 0 {
		people[i] = p
	} else {
		people = append(people, p)
	}
	s.people = people
	return nil
}

// RemovePerson forgets a person; their open sessions no longer yield assertions.
func (s *Server) RemovePerson(login string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people = slices.DeleteFunc(slices.Clone(s.people), func(p Person) bool { return strings.EqualFold(p.Login, login) })
}

// People are all persons in order.
func (s *Server) People() []Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.people)
}

// control is the same as JSON over HTTP, for demos and for tests in another process. A change answers with the new state.
func (s *Server) control(mux *http.ServeMux) {
	mux.HandleFunc("GET /_control", s.json(func(*http.Request, []byte) (any, error) { return s.state(), nil }))
	mux.HandleFunc("GET /_control/{dialect}/last", s.json(func(r *http.Request, _ []byte) (any, error) {
		doc, err := s.LastResponse(r.PathValue("dialect"))
		return map[string]string{"xml": string(doc)}, err
	}))
	mux.HandleFunc("POST /_control/service-providers", s.json(func(_ *http.Request, body []byte) (any, error) {
		id, err := s.Trust(body)
		return map[string]string{"entity_id": id}, err
	}))
	change := func(pattern string, do func(r *http.Request, body []byte) error) {
		mux.HandleFunc(pattern, s.json(func(r *http.Request, body []byte) (any, error) {
			err := do(r, body)
			return s.state(), err
		}))
	}
	change("PATCH /_control/{dialect}", func(r *http.Request, body []byte) error {
		return s.Change(r.PathValue("dialect"), func(now *Settings) error { return strictJSON(body, now) })
	})
	change("POST /_control/{dialect}/rotate", func(r *http.Request, _ []byte) error { return s.Rotate(r.PathValue("dialect")) })
	change("POST /_control/{dialect}/signout", func(r *http.Request, _ []byte) error { return s.EndSessions(r.PathValue("dialect")) })
	change("PUT /_control/people/{login}", func(r *http.Request, body []byte) error {
		p := Person{}
		if err := strictJSON(body, &p); err != nil {
			return err
		}
		p.Login = r.PathValue("login")
		return s.SetPerson(p)
	})
	change("DELETE /_control/people/{login}", func(r *http.Request, _ []byte) error {
		s.RemovePerson(r.PathValue("login"))
		return nil
	})
}
