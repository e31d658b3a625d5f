package devidp

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/crewjam/saml"
)

// trust is the service providers the server answers to. A response leaves for a registered address only: an open provider that
// posts signed assertions anywhere would be a trap even on a developer's machine.
type trust struct {
	mu     sync.Mutex
	known  map[string]*saml.EntityDescriptor
	pinned map[string]bool // given by configuration or /_control, not asked for again
	client *http.Client
}

// errUnknownServiceProvider is nobody we may send an assertion to.
var errUnknownServiceProvider = errors.New("unknown service provider")

func newTrust(documents [][]byte) (*trust, error) {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		host, _, err := net.SplitHostPort(address)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			return fmt.Errorf("%s is not on loopback", address)
		}
		return nil
	}}
	t := &trust{
		known: map[string]*saml.EntityDescriptor{}, pinned: map[string]bool{},
		client: &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DialContext: dialer.DialContext}},
	}
	for _, doc := range documents {
		if _, err := t.register(doc); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// register trusts the service provider that the metadata document describes and returns its entity ID.
func (t *trust) register(doc []byte) (string, error) {
	entity, err := parseServiceProvider(doc)
	if err != nil {
		return "", fmt.Errorf("register service provider: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known[entity.EntityID], t.pinned[entity.EntityID] = entity, true
	return entity.EntityID, nil
}

func parseServiceProvider(doc []byte) (*saml.EntityDescriptor, error) {
	entity := &saml.EntityDescriptor{}
	if err := xml.Unmarshal(doc, entity); err != nil {
		return nil, fmt.Errorf("parse metadata: %w", err)
	}
	if entity.EntityID == "" || len(entity.SPSSODescriptors) == 0 {
		return nil, errors.New("parse metadata: not the metadata of a service provider")
	}
	return entity, nil
}

// GetServiceProvider implements saml.ServiceProviderProvider. Metadata on loopback is fetched at every request, so a developer's
// change counts at once; when that fails what was known stays good.
func (t *trust) GetServiceProvider(r *http.Request, entityID string) (*saml.EntityDescriptor, error) {
	t.mu.Lock()
	known, pinned := t.known[entityID], t.pinned[entityID]
	t.mu.Unlock()
	if pinned {
		return known, nil
	}
	if !onLoopback(entityID) {
		return nil, fmt.Errorf("%w: %q was not given, and is no URL on this machine", errUnknownServiceProvider, entityID)
	}
	fetched, err := t.fetch(r.Context(), entityID)
	if err != nil && known != nil {
		return known, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnknownServiceProvider, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known[entityID] = fetched
	return fetched, nil
}

func (t *trust) fetch(ctx context.Context, entityID string) (*saml.EntityDescriptor, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, entityID, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch metadata: %w", err)
	}
	answer, err := t.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch metadata: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch metadata: %s", answer.Status)
	}
	doc, err := io.ReadAll(io.LimitReader(answer.Body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("fetch metadata: %w", err)
	}
	entity, err := parseServiceProvider(doc)
	if err != nil {
		return nil, err
	}
	if entity.EntityID != entityID {
		return nil, fmt.Errorf("fetch metadata: it describes %q", entity.EntityID)
	}
	return entity, nil
}

func onLoopback(entityID string) bool {
	u, err := url.Parse(entityID)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// acs is where a response without a request may go: the given address if it is registered, or the default one.
func acs(entity *saml.EntityDescriptor, wanted string) (string, bool) {
	var all []saml.IndexedEndpoint
	for _, role := range entity.SPSSODescriptors {
		for _, e := range role.AssertionConsumerServices {
			if e.Binding == saml.HTTPPostBinding {
				all = append(all, e)
			}
		}
	}
	i := slices.IndexFunc(all, func(e saml.IndexedEndpoint) bool {
		return wanted == e.Location || wanted == "" && e.IsDefault != nil && *e.IsDefault
	})
	switch {
	case i >= 0:
		return all[i].Location, true
	case wanted == "" && len(all) > 0:
		return all[0].Location, true
	}
	return "", false
}

// tiles are the service providers met so far, in order.
func (t *trust) tiles() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for id := range t.known {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// encryptionCertificates are those the service provider wants assertions encrypted for, base64 as its metadata has them.
func encryptionCertificates(entity *saml.EntityDescriptor) []string {
	var out []string
	for _, role := range entity.SPSSODescriptors {
		for _, k := range role.KeyDescriptors {
			if k.Use == "signing" {
				continue
			}
			for _, c := range k.KeyInfo.X509Data.X509Certificates {
				out = append(out, c.Data)
			}
		}
	}
	return out
}
