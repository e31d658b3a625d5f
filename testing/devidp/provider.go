package devidp

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/crewjam/saml"
)

// Settings of one dialect can be changed while it runs.
type Settings struct {
	HonourForceAuthn bool    `json:"honour_force_authn"`
	Sign             Signing `json:"sign"`         // assertion, response or both
	SkewSeconds      int     `json:"skew_seconds"` // added to the provider's clock
	Bare             bool    `json:"bare"`         // no attributes mapped yet, the provider as it comes
	Encrypt          bool    `json:"encrypt"`      // assertions are encrypted for the first key that the service provider has for it
	Cipher           Cipher  `json:"cipher"`       // with which they are
}

// provider is one dialect at work: its keys, sessions and settings.
type provider struct {
	dialect Dialect
	seed    string

	mu       sync.Mutex
	settings Settings
	keys     []Key // newest first; the first signs
	rotated  int
	sessions map[string]session
	last     []byte // the last response, for tests
}

// session is a sign-in that the provider remembers.
type session struct {
	login   string
	index   string    // SessionIndex
	instant time.Time // when the person really signed in: the AuthnInstant of every answer from this session
	ends    time.Time

	participants []saml.SessionParticipant // to whom it was told, for single logout
}

func newProvider(d Dialect, seed string, honour bool) *provider {
	return &provider{
		dialect: d, seed: seed, sessions: map[string]session{},
		settings: Settings{HonourForceAuthn: honour, Sign: d.Sign},
	}
}

// wake makes the first key. It is not made before somebody asks for the dialect: keys are most of what a start would cost, and most servers are asked
// for one dialect of all.
func (p *provider) wake(now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.keys) > 0 {
		return nil
	}
	return p.addKey(now)
}

// rotate makes a new signing key. The metadata shows as many of the former ones as the provider would.
func (p *provider) rotate(now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.addKey(now)
}

// addKey is called with mu held.
func (p *provider) addKey(now time.Time) error {
	seed := p.seed
	if seed != "" {
		seed += "/" + p.dialect.Key + "/" + strconv.Itoa(p.rotated)
	}
	// A day of head start, so that neither a service provider's slow clock nor a test's makes the certificate future.
	key, err := NewKey(p.dialect.KeyKind, seed, p.dialect.Subject, now.AddDate(0, 0, -1), p.dialect.CertYears)
	if err != nil {
		return fmt.Errorf("add key: %w", err)
	}
	p.rotated++
	p.keys = slices.Insert(p.keys, 0, key)
	p.keys = p.keys[:min(len(p.keys), max(p.dialect.MaxKeys, 1))]
	return nil
}

func (p *provider) now(clock func() time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return clock().Add(time.Duration(p.settings.SkewSeconds) * time.Second)
}

// current returns the zero Key before wake.
func (p *provider) current() (Settings, Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.keys) == 0 {
		return p.settings, Key{}
	}
	return p.settings, p.keys[0]
}

func (p *provider) change(change func(*Settings) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := p.settings
	if err := change(&next); err != nil {
		return fmt.Errorf("change: %w", err)
	}
	if !next.Sign.valid() {
		return errors.New("change: sign is assertion, response or both")
	}
	if _, ok := next.Cipher.block(); !ok {
		return errors.New("change: cipher is aes128, aes192 or aes256 with -cbc or -gcm, or empty")
	}
	p.settings = next
	return nil
}

func (p *provider) signature(k Key) *Signature {
	return &Signature{Key: k.Signer, Certificate: k.Certificate, Prefix: p.dialect.SignPrefix, KeyInfo: p.dialect.KeyInfo}
}

func (p *provider) certificates() []*x509.Certificate {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]*x509.Certificate, len(p.keys))
	for i, k := range p.keys {
		out[i] = k.Certificate
	}
	return out
}

// messageRoutes are the paths that take SAML messages, query included.
func (p *provider) messageRoutes() []string {
	routes := []string{"/" + p.dialect.Key + "/sso", p.dialect.SSOPath}
	if p.dialect.LogoutPath != "" && p.dialect.LogoutPath != p.dialect.SSOPath {
		routes = append(routes, p.dialect.LogoutPath)
	}
	return routes
}

func (p *provider) session(id string, now time.Time) (session, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found, ok := p.sessions[id]
	if ok && !now.Before(found.ends) {
		delete(p.sessions, id)
		return session{}, false
	}
	return found, ok
}

func (p *provider) open(login string, now time.Time, ttl time.Duration) (string, session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	opened := session{login: login, index: newID(), instant: now, ends: now.Add(ttl)}
	id := newID()
	p.sessions[id] = opened
	return id, opened
}

func (p *provider) end(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sessions, id)
}

func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sessions)
}

func (p *provider) endAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.sessions)
}

func (p *provider) keep(response []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = response
}
