package devidp_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/devidp"
)

// app is a service provider on loopback made of crewjam/saml, whose judgement is not ours, and the browser of one person.
type app struct {
	saml.ServiceProvider
	t       *testing.T
	idp     *devidp.Server
	dialect string
	browser *http.Client
}

// startIDP serves cfg until the test ends.
func startIDP(t *testing.T, cfg devidp.Config) *devidp.Server {
	t.Helper()
	server, err := devidp.Start("127.0.0.1:0", cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close(context.Background())) })
	return server
}

// appKey is one for all service providers of these tests: making RSA keys is most of their time.
var appKey = sync.OnceValues(func() (devidp.Key, error) {
	return devidp.NewKey(devidp.RSA2048, "", pkix.Name{CommonName: "app"}, time.Now().Add(-time.Hour), 1)
})

func newApp(t *testing.T, idp *devidp.Server, dialect string) *app {
	t.Helper()
	key, err := appKey()
	require.NoError(t, err)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	a := &app{t: t, idp: idp, dialect: dialect, browser: &http.Client{Jar: jar}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metadata", func(w http.ResponseWriter, _ *http.Request) {
		doc, err := xml.Marshal(a.Metadata())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
		w.Write(doc)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	require.NoError(t, err)
	private, ok := key.Signer.(*rsa.PrivateKey)
	require.True(t, ok)
	a.ServiceProvider = saml.ServiceProvider{
		EntityID: server.URL + "/metadata", Key: private, Certificate: key.Certificate,
		MetadataURL: *base.JoinPath("metadata"), AcsURL: *base.JoinPath("acs"), SloURL: *base.JoinPath("slo"),
		SignatureMethod: dsig.RSASHA256SignatureMethod, AuthnNameIDFormat: saml.UnspecifiedNameIDFormat,
		AllowIDPInitiated: true,
	}
	a.learn()
	return a
}

// learn fetches the provider's metadata over HTTP, as an administrator's save would.
func (a *app) learn() {
	a.t.Helper()
	answer, err := http.Get(a.idp.MetadataURL(a.dialect))
	require.NoError(a.t, err)
	defer answer.Body.Close()
	require.Equal(a.t, http.StatusOK, answer.StatusCode)
	a.IDPMetadata = &saml.EntityDescriptor{}
	require.NoError(a.t, xml.NewDecoder(answer.Body).Decode(a.IDPMetadata))
}

func (a *app) request(change func(*saml.AuthnRequest)) (address, id string) {
	a.t.Helper()
	r, err := a.MakeAuthenticationRequest(a.GetSSOBindingLocation(saml.HTTPRedirectBinding), saml.HTTPRedirectBinding, saml.HTTPPostBinding)
	require.NoError(a.t, err)
	if change != nil {
		change(r)
	}
	u, err := r.Redirect("state & <token>", &a.ServiceProvider)
	require.NoError(a.t, err)
	return u.String(), r.ID
}

// login walks the whole way and lets crewjam judge the response. An empty login relies on the provider's session.
func (a *app) login(login string, change func(*saml.AuthnRequest)) (*saml.Assertion, error) {
	a.t.Helper()
	address, id := a.request(change)
	form, err := devidp.Visit(context.Background(), a.browser, address, login)
	if err != nil {
		return nil, err
	}
	require.Equal(a.t, a.AcsURL.String(), form.Action)
	require.Equal(a.t, "state & <token>", form.Values.Get("RelayState"))
	return a.accept(form, id)
}

func (a *app) accept(form devidp.Form, ids ...string) (*saml.Assertion, error) {
	a.t.Helper()
	doc, err := base64.StdEncoding.DecodeString(form.Values.Get("SAMLResponse"))
	require.NoError(a.t, err)
	return a.ParseXMLResponse(doc, ids, a.AcsURL)
}

func force(r *saml.AuthnRequest) { yes := true; r.ForceAuthn = &yes }

func passive(r *saml.AuthnRequest) { yes := true; r.IsPassive = &yes }

func values(a *saml.Assertion) map[string][]string {
	out := map[string][]string{}
	for _, s := range a.AttributeStatements {
		for _, attribute := range s.Attributes {
			for _, v := range attribute.Values {
				out[attribute.Name] = append(out[attribute.Name], v.Value)
			}
		}
	}
	return out
}

func randomText(t *testing.T, n int) string {
	t.Helper()
	b := make([]byte, n)
	_, err := rand.Read(b)
	require.NoError(t, err)
	return base64.RawStdEncoding.EncodeToString(b)
}
