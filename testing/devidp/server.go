package devidp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Config makes a [Server]. Every zero value but BaseURL has a use.
type Config struct {
	BaseURL  string    // public origin, "http://127.0.0.1:9000"; all URLs in metadata are built from it
	Dialects []Dialect // none: all of them
	People   []Person  // none: DefaultPeople
	// ServiceProviders are metadata documents of service providers trusted from the start. One that is not here is learnt from its
	// entity ID when that is a URL on loopback.
	ServiceProviders [][]byte
	HonourForceAuthn bool             // false: like many a real provider, ForceAuthn=true is answered from the session
	SessionTTL       time.Duration    // zero: 8 hours
	KeySeed          string           // not empty: the same keys at every start
	Clock            func() time.Time // nil: time.Now
	Logger           *slog.Logger     // nil: silent; it is told routes and outcomes, never who signed in
}

// DefaultPeople are three people for a first look: an administrator, an agent and somebody without groups or a last name.
func DefaultPeople() []Person {
	return []Person{
		{Login: "ada@example.com", Email: "ada@example.com", FirstName: "Ada", LastName: "Lovelace", Groups: []string{"Everyone", "admins"}},
		{Login: "grace@example.com", Email: "grace@example.com", FirstName: "Grace", LastName: "Hopper", Groups: []string{"Everyone", "emea"}},
		{Login: "plato@example.com", Email: "plato@example.com", FirstName: "Plato"},
	}
}

// Server is a running set of providers, one per dialect, that share people and service providers. It is safe for concurrent use.
type Server struct {
	base  *url.URL
	ttl   time.Duration
	clock func() time.Time
	log   *slog.Logger
	trust *trust

	mu      sync.Mutex
	people  []Person
	idps    map[string]*provider
	order   []string
	pending map[string]pending

	http *http.Server
}

// New makes the providers; each makes its key when it is first asked for. It serves nothing yet: see [Server.Handler] and [Start].
func New(cfg Config) (*Server, error) {
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("new: base URL %q is not an absolute URL", cfg.BaseURL)
	}
	s := &Server{
		base: base, ttl: cfg.SessionTTL, clock: cfg.Clock, log: cfg.Logger,
		people: slices.Clone(cfg.People), idps: map[string]*provider{}, pending: map[string]pending{},
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.ttl == 0 {
		s.ttl = 8 * time.Hour
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if cfg.People == nil {
		s.people = DefaultPeople()
	}
	if s.trust, err = newTrust(cfg.ServiceProviders); err != nil {
		return nil, fmt.Errorf("new: %w", err)
	}
	dialects := cfg.Dialects
	if len(dialects) == 0 {
		dialects = Dialects()
	}
	for _, d := range dialects {
		s.idps[d.Key], s.order = newProvider(d, cfg.KeySeed, cfg.HonourForceAuthn), append(s.order, d.Key)
	}
	return s, nil
}

// Start listens on addr ("127.0.0.1:0" in tests), fills in an empty BaseURL with the real address and serves until Close.
func Start(addr string, cfg Config) (*Server, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = "http://" + listener.Addr().String()
	}
	s, err := New(cfg)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start: %w", err), listener.Close())
	}
	s.http = &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second}
	go func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("serve", "err", err)
		}
	}()
	return s, nil
}

// Close ends a server made by Start; requests under way get until ctx ends.
func (s *Server) Close(ctx context.Context) error {
	if s.http == nil {
		return nil
	}
	if err := s.http.Shutdown(ctx); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// URL is the base URL, without a slash at the end.
func (s *Server) URL() string { return strings.TrimSuffix(s.base.String(), "/") }

// EntityID is the entity ID of a dialect; empty for one that is not served.
func (s *Server) EntityID(dialect string) string {
	if p, ok := s.idps[dialect]; ok {
		return p.dialect.EntityID
	}
	return ""
}

// MetadataURL is where a dialect's metadata can be fetched: the provider's own path, or ours where it has none (Google) or an unknown one (JumpCloud).
func (s *Server) MetadataURL(dialect string) string {
	if p, ok := s.idps[dialect]; ok && p.dialect.MetadataPath != "" {
		return s.URL() + p.dialect.MetadataPath
	}
	return s.URL() + "/" + dialect + "/metadata"
}

// Handler serves everything: the home page, each dialect's routes, and /_control.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	guard := http.NewCrossOriginProtection()
	mux.HandleFunc("GET /{$}", s.home)
	for _, key := range s.order {
		p := s.idps[key]
		handle := func(pattern string, do http.HandlerFunc) { mux.HandleFunc(pattern, s.awake(p, do)) }
		handle("GET /"+key+"/metadata", s.metadata(p))
		if p.dialect.MetadataPath != "" {
			handle("GET "+path(p.dialect.MetadataPath), s.metadata(p))
		}
		// Requests arrive from other sites by nature; everything else that changes something must come from our own pages.
		for _, route := range p.messageRoutes() {
			location := s.URL() + route
			handle("GET "+path(route), s.message(p, location))
			handle("POST "+path(route), s.message(p, location))
			guard.AddInsecureBypassPattern("POST " + path(route))
		}
		handle("GET /"+key+"/launch", s.launch(p))
		handle("POST /"+key+"/signin", s.signIn(p))
		handle("POST /"+key+"/signout", s.signOut(p))
	}
	s.control(mux)
	return guard.Handler(noStore(mux))
}

// awake lets nobody in before the dialect has its key.
func (s *Server) awake(p *provider, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := p.wake(s.clock()); err != nil {
			s.fail(w, r, http.StatusInternalServerError, "No key could be made", err)
			return
		}
		next(w, r)
	}
}

func noStore(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// maxBody bounds every request body; the largest legitimate one is service provider metadata sent to /_control.
const maxBody = 1 << 20

func (s *Server) metadata(p *provider) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		doc, err := s.Metadata(p.dialect.Key)
		if err != nil {
			s.fail(w, r, http.StatusInternalServerError, "The metadata cannot be written", err)
			return
		}
		w.Header().Set("Content-Type", "application/samlmetadata+xml")
		if p.dialect.MetadataPath == "" {
			w.Header().Set("Content-Disposition", `attachment; filename="metadata.xml"`)
		}
		_, _ = w.Write(doc)
	}
}

// person finds somebody by login, or by e-mail, in any case.
func (s *Server) person(login string) (Person, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	login = strings.TrimSpace(login)
	i := slices.IndexFunc(s.people, func(p Person) bool { return strings.EqualFold(p.Login, login) })
	if i < 0 && login != "" {
		i = slices.IndexFunc(s.people, func(p Person) bool { return strings.EqualFold(p.Email, login) })
	}
	if i < 0 {
		return Person{}, false
	}
	return s.people[i], true
}
