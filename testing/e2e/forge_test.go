package e2e

import (
	"bytes"
	"compress/flate"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/crewjam/saml"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/vectors"
)

// forge is a world in which the test itself is the identity provider: it holds the key that tenant acme trusts.
type forge struct {
	*world
	key, stranger devidp.Key
	encrypt       *rsa.PublicKey // of tenant acme, since it was asked for
	version       json.Number
}

func newForge(t *testing.T, env ...string) *forge {
	t.Helper()
	f := &forge{world: testWorld(t), version: "0"}
	f.env = append(f.env, env...)
	var err error
	f.key, err = devidp.NewKey(devidp.RSA2048, "", devidp.Okta().Subject, time.Now().Add(-time.Hour), 1)
	require.NoError(t, err)
	f.stranger, err = devidp.NewKey(devidp.RSA2048, "", devidp.Okta().Subject, time.Now().Add(-time.Hour), 1)
	require.NoError(t, err)
	f.installPlugin(t, "okta")
	_, err = f.start(host, "idplug", "serve")
	require.NoError(t, err)
	require.NoError(t, eventually(func() error {
		if err := f.must("GET", "/providers/okta", ""); err != nil {
			return err
		}
		return f.last.is("state", "ready")
	}))
	require.NoError(t, f.must("POST", "/tenants", `{"slug":"acme","name":"Acme"}`))
	require.NoError(t, f.must("POST", "/tenants", `{"slug":"other","name":"Other"}`))
	return f
}

// trust lets tenant acme believe the forge's key under an entity ID of its own.
func (f *forge) trust(t *testing.T, entityID string) {
	t.Helper()
	doc, err := devidp.Okta().Metadata(devidp.Description{
		EntityID: entityID, SSO: "https://idp.example.test/sso", Certificates: []*x509.Certificate{f.key.Certificate}, Now: time.Now(),
	})
	require.NoError(t, err)
	f.save(t, string(doc))
}

// save turns SSO on with a document.
func (f *forge) save(t *testing.T, doc string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"version": f.version, "use_sso": true, "provider": "okta", "metadata_xml": doc,
		"create_user_on_first_login": true, "default_roles": []string{"agent"},
	})
	require.NoError(t, err)
	require.NoError(t, f.must("PUT", "/tenants/acme/sso", string(body)))
	version, err := f.last.field("version")
	require.NoError(t, err)
	f.version = version.(json.Number)
}

// ask begins a login and returns what a message must fit to answer it, and its RelayState.
func (f *forge) ask(t *testing.T, b *browser, entityID string) (vectors.Base, string) {
	t.Helper()
	require.NoError(t, b.get("/login/acme"))
	require.NotEmpty(t, b.away, "%d %s", b.page.status, b.page.text())
	at, err := url.Parse(b.away)
	require.NoError(t, err)
	id, err := requestID(at.Query().Get("SAMLRequest"))
	require.NoError(t, err)
	origin := f.procs[host].URL
	return vectors.Base{
		SP: sso.NewServiceProvider(origin, "acme"), OtherSP: sso.NewServiceProvider(origin, "other"), IDPEntityID: entityID, RequestID: id,
		Now: time.Now(), Key: f.key, Stranger: f.stranger, Encrypt: f.encryptionKey(t),
	}, at.Query().Get("RelayState")
}

// encryptionKey is the first that tenant acme publishes for encryption.
func (f *forge) encryptionKey(t *testing.T) *rsa.PublicKey {
	t.Helper()
	if f.encrypt == nil {
		keys := f.encryptionKeys(t)
		f.encrypt = keys[0]
	}
	return f.encrypt
}

// encryptionKeys are all of them, in the order of the metadata.
func (f *forge) encryptionKeys(t *testing.T) []*rsa.PublicKey {
	t.Helper()
	response, err := http.Get(f.procs[host].URL + "/saml/acme/metadata")
	require.NoError(t, err)
	a, err := read(response)
	require.NoError(t, err)
	var entity saml.EntityDescriptor
	require.NoError(t, xml.Unmarshal(a.body, &entity))
	var keys []*rsa.PublicKey
	for _, k := range entity.SPSSODescriptors[0].KeyDescriptors {
		if k.Use != "encryption" {
			continue
		}
		der, err := base64.StdEncoding.DecodeString(k.KeyInfo.X509Data.X509Certificates[0].Data)
		require.NoError(t, err)
		cert, err := x509.ParseCertificate(der)
		require.NoError(t, err)
		keys = append(keys, cert.PublicKey.(*rsa.PublicKey))
	}
	require.NotEmpty(t, keys)
	return keys
}

// requestID reads the ID of a request of the Redirect binding.
func requestID(encoded string) (string, error) {
	packed, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", fmt.Errorf("request: %w", err)
	}
	doc, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		return "", fmt.Errorf("request: %w", err)
	}
	var request struct {
		ID string `xml:"ID,attr"`
	}
	return request.ID, xml.Unmarshal(doc, &request)
}

// answer posts a message as the provider's answer.
func (f *forge) answer(t *testing.T, b *browser, message, relayState string) {
	t.Helper()
	b.held = devidp.Form{
		Action: f.procs[host].URL + "/saml/acme/acs",
		Values: url.Values{"SAMLResponse": {message}, "RelayState": {relayState}},
	}
	require.NoError(t, b.deliverOnly())
}
