package devidp_test

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/devidp"
)

func TestEveryDialectSignsInAtAForeignServiceProvider(t *testing.T) {
	idp := startIDP(t, devidp.Config{})
	for _, tc := range []struct {
		dialect, nameID, format string
		email                   string // attribute
		groups                  string
	}{
		{"okta", "ada@example.com", devidp.FormatEmailAddress, "email", "groups"},
		{"pingone", devidp.Person{Login: "ada@example.com"}.UUID(), "", "email", "groups"},
		{"google-workspace", "ada@example.com", devidp.FormatUnspecified, "email", "groups"},
		{
			"azure", "ada@example.com", devidp.FormatEmailAddress, "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
			"http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
		},
		{
			"adfs", "ada@example.com", devidp.FormatEmailAddress, "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
			"http://schemas.xmlsoap.org/claims/Group",
		},
		{"onelogin", "ada@example.com", devidp.FormatEmailAddress, "email", "memberOf"},
		{"jumpcloud", "ada@example.com", devidp.FormatEmailAddress, "email", "memberOf"},
		{"saml", "", devidp.FormatTransient, "urn:oid:0.9.2342.19200300.100.1.3", "urn:oid:1.3.6.1.4.1.5923.1.5.1.1"},
	} {
		for _, sign := range []devidp.Signing{"", devidp.SignAssertion, devidp.SignResponse, devidp.SignBoth} {
			t.Run(tc.dialect+"/"+string(sign), func(t *testing.T) {
				if sign != "" {
					require.NoError(t, idp.Change(tc.dialect, func(s *devidp.Settings) error { s.Sign = sign; return nil }))
				}
				assertion, err := newApp(t, idp, tc.dialect).login("Ada@example.com", nil)
				require.NoError(t, reason(err))
				if tc.format != devidp.FormatTransient {
					require.Equal(t, tc.nameID, assertion.Subject.NameID.Value)
				}
				require.Equal(t, tc.format, assertion.Subject.NameID.Format)
				require.Equal(t, []string{"ada@example.com"}, values(assertion)[tc.email])
				require.Equal(t, []string{"Everyone", "admins"}, values(assertion)[tc.groups])
				require.NotEmpty(t, assertion.AuthnStatements[0].SessionIndex)
			})
		}
	}
}

// reason shows what crewjam keeps private in an error.
func reason(err error) error {
	if invalid, ok := errors.AsType[*saml.InvalidResponseError](err); ok {
		return invalid.PrivateErr
	}
	return err
}

func TestEncryptedAssertionIsReadable(t *testing.T) {
	idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.Okta()}})
	require.NoError(t, idp.Change("okta", func(s *devidp.Settings) error { s.Encrypt = true; return nil }))
	assertion, err := newApp(t, idp, "okta").login("ada@example.com", nil)
	require.NoError(t, reason(err))
	require.Equal(t, "ada@example.com", assertion.Subject.NameID.Value)
	sent, err := idp.LastResponse("okta")
	require.NoError(t, err)
	require.Contains(t, string(sent), "EncryptedAssertion")
	require.NotContains(t, string(sent), "ada@example.com")
}

func TestRequestByPOST(t *testing.T) {
	idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.PingOne()}})
	a := newApp(t, idp, "pingone")
	r, err := a.MakeAuthenticationRequest(a.GetSSOBindingLocation(saml.HTTPPostBinding), saml.HTTPPostBinding, saml.HTTPPostBinding)
	require.NoError(t, err)
	doc := etree.NewDocument()
	doc.SetRoot(r.Element())
	message, err := doc.WriteToBytes()
	require.NoError(t, err)
	form, err := devidp.VisitForm(context.Background(), a.browser, devidp.Form{
		Action: r.Destination, Values: url.Values{"SAMLRequest": {base64.StdEncoding.EncodeToString(message)}},
	}, "ada@example.com")
	require.NoError(t, err)
	_, err = a.accept(form, r.ID)
	require.NoError(t, reason(err))
	require.False(t, form.Values.Has("RelayState"))
}

// clock is a hand-wound clock; crewjam's service provider follows the real one, so it never strays far.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

func TestForceAuthn(t *testing.T) {
	for _, tc := range []struct {
		name   string
		honour bool
	}{{"honoured", true}, {"ignored", false}} {
		t.Run(tc.name, func(t *testing.T) {
			wound := &clock{at: time.Now().Add(-time.Minute)}
			idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.Okta()}, HonourForceAuthn: tc.honour, Clock: wound.now})
			a := newApp(t, idp, "okta")
			first, err := a.login("ada@example.com", nil)
			require.NoError(t, reason(err))
			instant := first.AuthnStatements[0].AuthnInstant

			wound.add(10 * time.Second)
			again, err := a.login("", nil)
			require.NoError(t, reason(err), "the session answers without asking")
			require.Equal(t, instant, again.AuthnStatements[0].AuthnInstant, "and tells when the person really signed in")
			require.Equal(t, first.AuthnStatements[0].SessionIndex, again.AuthnStatements[0].SessionIndex)

			wound.add(10 * time.Second)
			if !tc.honour {
				forced, err := a.login("", force)
				require.NoError(t, reason(err))
				require.Equal(t, instant, forced.AuthnStatements[0].AuthnInstant)
				return
			}
			_, err = a.login("", force)
			require.ErrorIs(t, err, devidp.ErrAsked)
			forced, err := a.login("ada@example.com", force)
			require.NoError(t, reason(err))
			require.Equal(t, 20*time.Second, forced.AuthnStatements[0].AuthnInstant.Sub(instant))
		})
	}
}

func TestSessionEnds(t *testing.T) {
	wound := &clock{at: time.Now().Add(-time.Minute)}
	idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.Okta()}, SessionTTL: 20 * time.Second, Clock: wound.now})
	a := newApp(t, idp, "okta")
	_, err := a.login("ada@example.com", nil)
	require.NoError(t, reason(err))
	wound.add(20 * time.Second)
	_, err = a.login("", nil)
	require.ErrorIs(t, err, devidp.ErrAsked, "after its time")

	_, err = a.login("ada@example.com", nil)
	require.NoError(t, reason(err))
	require.NoError(t, idp.EndSessions("okta"))
	_, err = a.login("", nil)
	require.ErrorIs(t, err, devidp.ErrAsked, "when the provider ends it")
}

func TestIsPassiveWithoutSessionIsNoPassive(t *testing.T) {
	idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.Okta()}})
	a := newApp(t, idp, "okta")
	_, err := a.login("", passive)
	require.ErrorContains(t, reason(err), devidp.StatusResponder)
	sent, err := idp.LastResponse("okta")
	require.NoError(t, err)
	require.Contains(t, string(sent), devidp.StatusNoPassive)
	require.NotContains(t, string(sent), "Assertion ")
}

func TestRotatedKeyNeedsNewMetadata(t *testing.T) {
	idp := startIDP(t, devidp.Config{})
	for _, tc := range []struct {
		dialect string
		shown   int // certificates after one rotation
	}{{"okta", 1}, {"pingone", 1}, {"google-workspace", 2}, {"azure", 2}, {"adfs", 2}, {"onelogin", 1}, {"jumpcloud", 1}, {"saml", 2}} {
		t.Run(tc.dialect, func(t *testing.T) {
			a := newApp(t, idp, tc.dialect)
			require.NoError(t, idp.Rotate(tc.dialect))
			_, err := a.login("ada@example.com", nil)
			require.Error(t, err, "the old key must not verify the new signature")
			a.learn()
			_, err = a.login("", nil)
			require.NoError(t, reason(err))
			signing := 0
			for _, key := range a.IDPMetadata.IDPSSODescriptors[0].KeyDescriptors {
				if key.Use == "signing" {
					signing++
				}
			}
			require.Equal(t, tc.shown, signing)
		})
	}
}

func TestTileSendsAnUnsolicitedResponse(t *testing.T) {
	idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.Okta()}})
	a := newApp(t, idp, "okta")
	tile := idp.URL() + "/okta/launch?audience=" + url.QueryEscape(a.EntityID)
	form, err := devidp.Visit(context.Background(), a.browser, tile, "grace@example.com")
	require.NoError(t, err)
	require.Equal(t, a.AcsURL.String(), form.Action)
	assertion, err := a.accept(form)
	require.NoError(t, reason(err))
	require.Empty(t, assertion.Subject.SubjectConfirmations[0].SubjectConfirmationData.InResponseTo)

	_, err = devidp.Visit(context.Background(), a.browser, tile+"&acs=http%3A%2F%2F127.0.0.1%2Felsewhere", "")
	require.ErrorContains(t, err, "403")
	_, err = devidp.Visit(context.Background(), a.browser, idp.URL()+"/okta/launch?audience=https://app.example.com", "")
	require.ErrorContains(t, err, "403")
}

func TestOnlyRegisteredServiceProvidersAreAnswered(t *testing.T) {
	idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.Okta()}})
	a := newApp(t, idp, "okta")
	for name, change := range map[string]func(*saml.AuthnRequest){
		"elsewhere":              func(r *saml.AuthnRequest) { r.Issuer.Value = "https://app.example.com/metadata" },
		"loopback, not there":    func(r *saml.AuthnRequest) { r.Issuer.Value = "http://127.0.0.1:1/metadata" },
		"loopback, other entity": func(r *saml.AuthnRequest) { r.Issuer.Value += "?x" },
		"unregistered ACS":       func(r *saml.AuthnRequest) { r.AssertionConsumerServiceURL += "/x" },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := a.login("ada@example.com", change)
			require.ErrorContains(t, err, "403")
		})
	}
}

func TestServiceProviderGivenByMetadata(t *testing.T) {
	idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.Okta()}})
	a := newApp(t, idp, "okta")
	a.EntityID = "https://app.example.com/saml"
	_, err := a.login("ada@example.com", nil)
	require.ErrorContains(t, err, "403")

	answer, err := http.Get(a.MetadataURL.String())
	require.NoError(t, err)
	defer answer.Body.Close()
	doc, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	id, err := idp.Trust(doc)
	require.NoError(t, err)
	require.Equal(t, a.EntityID, id)
	_, err = a.login("ada@example.com", nil)
	require.NoError(t, reason(err))

	_, err = idp.Trust([]byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>`))
	require.Error(t, err)
}

func TestHostileRequestsAreRefused(t *testing.T) {
	idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.Okta()}})
	deflated := func(doc io.Reader) string {
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, flate.BestCompression)
		require.NoError(t, err)
		_, err = io.Copy(w, doc)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return base64.StdEncoding.EncodeToString(b.Bytes())
	}
	for name, message := range map[string]string{
		"deflate bomb": deflated(io.MultiReader(strings.NewReader("<!--"), io.LimitReader(zeros{}, 4<<20))),
		"noise":        randomText(t, 300),
		"no XML":       deflated(strings.NewReader("hello")),
		"doctype":      deflated(strings.NewReader(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`)),
		"empty":        "",
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := http.Get(idp.URL() + "/okta/sso?SAMLRequest=" + url.QueryEscape(message))
			require.NoError(t, err)
			defer answer.Body.Close()
			require.Equal(t, http.StatusBadRequest, answer.StatusCode)
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// stay opens an address of a's browser and does not follow where it leads.
func (a *app) stay(method, address string) *http.Response {
	a.t.Helper()
	once := &http.Client{Jar: a.browser.Jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(a.t.Context(), method, address, nil)
	require.NoError(a.t, err)
	answer, err := once.Do(request)
	require.NoError(a.t, err)
	require.NoError(a.t, answer.Body.Close())
	return answer
}

// signedOut checks that the provider has no session of a's browser any more.
func (a *app) signedOut() {
	a.t.Helper()
	_, err := a.login("", nil)
	require.ErrorIs(a.t, err, devidp.ErrAsked)
}

func TestLogoutWhereTheProviderOffersIt(t *testing.T) {
	idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.Azure(), devidp.ADFS(), devidp.PingOne()}})
	for _, dialect := range []string{"azure", "adfs", "pingone"} {
		t.Run(dialect, func(t *testing.T) {
			a := newApp(t, idp, dialect)
			a.LogoutBindings = []string{saml.HTTPRedirectBinding}
			assertion, err := a.login("ada@example.com", nil)
			require.NoError(t, reason(err))
			other := newApp(t, idp, dialect)
			_, err = other.login("ada@example.com", nil)
			require.NoError(t, reason(err))
			logout, err := a.MakeRedirectLogoutRequest(assertion.Subject.NameID.Value, "back")
			require.NoError(t, err)
			forged := logout.Query()
			forged.Set("RelayState", "forged")
			require.Equal(t, http.StatusBadRequest, a.stay("GET", strings.Split(logout.String(), "?")[0]+"?"+forged.Encode()).StatusCode)
			_, err = a.login("", nil)
			require.NoError(t, reason(err), "what nobody signed ends nothing")
			answer := a.stay("GET", logout.String())
			require.Equal(t, http.StatusFound, answer.StatusCode)
			require.True(t, strings.HasPrefix(answer.Header.Get("Location"), a.SloURL.String()+"?"), answer.Header.Get("Location"))
			_, err = a.ParseLogoutResponse(request(t, answer.Header.Get("Location")), []string{messageID(t, logout.Query().Get("SAMLRequest"))})
			require.NoError(t, reason(err))
			a.signedOut()
		})
	}
}

// messageID reads the ID of a message of the Redirect binding.
func messageID(t *testing.T, encoded string) string {
	t.Helper()
	packed, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	doc := etree.NewDocument()
	_, err = doc.ReadFrom(flate.NewReader(bytes.NewReader(packed)))
	require.NoError(t, err)
	return doc.Root().SelectAttrValue("ID", "")
}

func request(t *testing.T, address string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	return r
}

// TestProviderStartsLogout: whoever signs out at the provider is signed out of the service providers that it told, one after the other.
func TestProviderStartsLogout(t *testing.T) {
	idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.Azure(), devidp.Okta()}})
	a := newApp(t, idp, "azure")
	a.LogoutBindings = []string{saml.HTTPRedirectBinding}
	assertion, err := a.login("ada@example.com", nil)
	require.NoError(t, reason(err))
	answer := a.stay("POST", idp.URL()+"/azure/signout")
	to := answer.Header.Get("Location")
	require.True(t, strings.HasPrefix(to, a.SloURL.String()+"?SAMLRequest="), to)
	asked, err := a.ValidateLogoutRequest(request(t, to))
	require.NoError(t, reason(err))
	require.Equal(t, "ada@example.com", asked.NameID.Value)
	require.Equal(t, assertion.AuthnStatements[0].SessionIndex, asked.SessionIndex.Value)
	a.signedOut()
	back, err := a.MakeRedirectLogoutResponse(asked.ID, "")
	require.NoError(t, err)
	require.Equal(t, idp.URL()+"/", a.stay("GET", back.String()).Header.Get("Location"))

	b := newApp(t, idp, "okta")
	_, err = b.login("ada@example.com", nil)
	require.NoError(t, reason(err))
	require.Equal(t, idp.URL()+"/", b.stay("POST", idp.URL()+"/okta/signout").Header.Get("Location"), "it has no single logout")
	b.signedOut()
}
