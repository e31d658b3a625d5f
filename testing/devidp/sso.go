package devidp

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"
)

// ask is a checked demand for an assertion: by a service provider, or (without an ID) by a tile.
type ask struct {
	entity     *saml.EntityDescriptor
	id         string // of the AuthnRequest; empty: the response is unsolicited
	acs        string
	relayState string
	format     string // NameIDPolicy
	force      bool
	passive    bool
}

// pending is an ask that waits for the sign-in form.
type pending struct {
	ask   ask
	since time.Time
}

// How many sign-in forms may be open, and for how long.
const (
	maxPending = 1000
	pendingTTL = 15 * time.Minute
)

// message takes an AuthnRequest or a LogoutRequest by redirect or POST at the address location. crewjam's provider inflates
// (capped at 1 MiB), parses, finds the service provider, checks signature and destination, and chooses the registered ACS.
func (s *Server) message(p *provider, location string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("SAMLResponse") != "" { // service providers answer logouts alone
			s.logout(w, r, p, location)
			return
		}
		idp := s.crewjam(p, location)
		request, err := saml.NewIdpAuthnRequest(idp, r)
		if err != nil {
			s.fail(w, r, http.StatusBadRequest, "This is not a SAML request", err)
			return
		}
		if rootName(request.RequestBuffer) == "LogoutRequest" {
			s.logout(w, r, p, location)
			return
		}
		if err := request.Validate(); err != nil {
			status, title := refusal(err)
			s.fail(w, r, status, title, err)
			return
		}
		s.answer(w, r, p, ask{
			entity: request.ServiceProviderMetadata, id: request.Request.ID, acs: request.ACSEndpoint.Location,
			relayState: request.RelayState, format: requestedFormat(request.Request.NameIDPolicy),
			force: isTrue(request.Request.ForceAuthn), passive: isTrue(request.Request.IsPassive),
		})
	}
}

func refusal(err error) (status int, title string) {
	switch {
	case errors.Is(err, errUnknownServiceProvider):
		return http.StatusForbidden, "This service provider is unknown here"
	case errors.Is(err, saml.ErrUnknownAssertionConsumerService):
		return http.StatusForbidden, "The address for the answer is not registered"
	}
	return http.StatusBadRequest, "The request is not acceptable"
}

// launch starts an unsolicited sign-in, as the tile on a provider's dashboard does: ?audience= is the service provider's entity
// ID, ?acs= one of its registered addresses (its default when absent), ?RelayState= is passed on.
func (s *Server) launch(p *provider) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		entity, err := s.trust.GetServiceProvider(r, r.FormValue("audience"))
		if err != nil {
			s.fail(w, r, http.StatusForbidden, "This service provider is unknown here", err)
			return
		}
		location, ok := acs(entity, r.FormValue("acs"))
		if !ok {
			s.fail(w, r, http.StatusForbidden, "The address for the answer is not registered",
				fmt.Errorf("%q has no such assertion consumer service", entity.EntityID))
			return
		}
		s.answer(w, r, p, ask{entity: entity, acs: location, relayState: r.FormValue("RelayState")})
	}
}

// answer replies from the session when it may, and else with the sign-in form.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, p *provider, a ask) {
	settings, _ := p.current()
	current, known := s.signedIn(r, p)
	switch {
	case known && !(a.force && settings.HonourForceAuthn):
		s.respond(w, r, p, a, current)
	case a.passive:
		s.refuse(w, r, p, a, Status{Code: StatusResponder, SubCode: StatusNoPassive})
	default:
		s.signInPage(w, p, s.remember(a), a, "")
	}
}

// signIn takes the form: a person was chosen, or the sign-in was given up.
func (s *Server) signIn(p *provider) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		flow := r.PostFormValue("flow")
		a, ok := s.recall(flow)
		if !ok {
			s.fail(w, r, http.StatusBadRequest, "This sign-in was used already or has waited too long",
				errors.New("start again at the application"))
			return
		}
		if r.PostFormValue("cancel") != "" {
			s.forget(flow)
			s.refuse(w, r, p, a, Status{Code: StatusResponder, SubCode: StatusAuthnFailed})
			return
		}
		person, ok := s.person(r.PostFormValue("login"))
		if !ok {
			s.signInPage(w, p, flow, a, "Nobody here has this login.")
			return
		}
		s.forget(flow)
		s.respond(w, r, p, a, s.open(w, r, p, person))
	}
}

// respond sends the assertion about whoever the session belongs to.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, p *provider, a ask, current session) {
	person, ok := s.person(current.login)
	if !ok {
		s.refuse(w, r, p, a, Status{Code: StatusResponder, SubCode: StatusAuthnFailed})
		return
	}
	response, err := p.response(person, current, a, p.now(s.clock))
	if err != nil {
		s.fail(w, r, http.StatusBadRequest, "This answer cannot be given", err)
		return
	}
	p.participate(current.index, a.entity.EntityID, response)
	s.deliver(w, r, p, a, response)
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, p *provider, a ask, status Status) {
	s.deliver(w, r, p, a, p.refusal(a, status, p.now(s.clock)))
}

func (s *Server) deliver(w http.ResponseWriter, r *http.Request, p *provider, a ask, response *Response) {
	doc, err := response.XML()
	if err != nil {
		s.fail(w, r, http.StatusInternalServerError, "The response cannot be written", err)
		return
	}
	p.keep(doc)
	s.log.Info("answered", "dialect", p.dialect.Key, "status", response.Status.Code, "unsolicited", a.id == "")
	s.postPage(w, a, doc)
}

// crewjam is the library's provider for one request, used to check what service providers send and to answer logouts.
func (s *Server) crewjam(p *provider, location string) *saml.IdentityProvider {
	_, key := p.current()
	at, _ := url.Parse(location)
	entity, _ := url.Parse(p.dialect.EntityID)
	return &saml.IdentityProvider{
		Key: key.Signer, Signer: key.Signer, Certificate: key.Certificate,
		MetadataURL: *entity, SSOURL: *at, LogoutURL: *at,
		ServiceProviderProvider: s.trust,
		Clock:                   dsig.NewFakeClockAt(s.clock()),
	}
}

func (s *Server) remember(a ask) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	for id, p := range s.pending {
		if now.Sub(p.since) > pendingTTL || len(s.pending) >= maxPending {
			delete(s.pending, id)
		}
	}
	id := newID()
	s.pending[id] = pending{a, now}
	return id
}

func (s *Server) recall(id string) (ask, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.pending[id]
	return p.ask, ok && s.clock().Sub(p.since) <= pendingTTL
}

func (s *Server) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pending, id)
}

func rootName(doc []byte) string {
	decoder := xml.NewDecoder(bytes.NewReader(doc))
	for {
		token, err := decoder.Token()
		if err != nil {
			return ""
		}
		if start, ok := token.(xml.StartElement); ok {
			return start.Name.Local
		}
	}
}

func requestedFormat(policy *saml.NameIDPolicy) string {
	if policy == nil || policy.Format == nil {
		return ""
	}
	return *policy.Format
}

func isTrue(b *bool) bool { return b != nil && *b }
