package interop

import (
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/need"
)

// xmlsec verifies the first signature of what we accept and can be read without a key of ours. It knows no rule of SAML, so what we refuse is no
// question for it; nor is a signature beside the message.
func xmlsec(t *testing.T, c *connection, list []question) []opinion {
	program, dir := need.XMLSec(t), t.TempDir()
	certificate, doc := filepath.Join(dir, "provider.pem"), filepath.Join(dir, "doc.xml")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Key.Certificate.Raw})
	require.NoError(t, os.WriteFile(certificate, block, 0o600))
	opinions := make([]opinion, len(list))
	for i, q := range list {
		if q.refused != nil || q.vector.Sealed() || q.redirects() {
			opinions[i].Silent = true
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(q.message)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(doc, raw, 0o600))
		out, err := exec.CommandContext(t.Context(), program, "--verify", "--pubkey-cert-pem", certificate, "--enabled-key-data", "rsa",
			"--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:protocol:Response", "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
			"--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:protocol:LogoutRequest", "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:protocol:LogoutResponse", doc,
		).CombinedOutput()
		opinions[i] = opinion{Accepted: err == nil, Why: string(out)}
	}
	return opinions
}

// crewjamSays is what crewjam/saml says, in this process. It panics on some messages.
func crewjamSays(t *testing.T, c *connection, list []question) []opinion {
	acs, err := url.Parse(c.SP.ACSURL)
	require.NoError(t, err)
	slo, err := url.Parse(c.SP.SLOURL)
	require.NoError(t, err)
	role := saml.IDPSSODescriptor{}
	role.KeyDescriptors = []saml.KeyDescriptor{{Use: "signing", KeyInfo: saml.KeyInfo{X509Data: saml.X509Data{
		X509Certificates: []saml.X509Certificate{{Data: base64.StdEncoding.EncodeToString(c.Key.Certificate.Raw)}},
	}}}}
	sp := &saml.ServiceProvider{
		Key: c.key, EntityID: c.SP.EntityID, AcsURL: *acs, SloURL: *slo, Clock: dsig.NewFakeClockAt(c.Now),
		IDPMetadata: &saml.EntityDescriptor{EntityID: c.IDPEntityID, IDPSSODescriptors: []saml.IDPSSODescriptor{role}},
	}
	opinions := make([]opinion, len(list))
	for i, q := range list {
		opinions[i] = crewjamOn(sp, c.RequestID, q)
	}
	return opinions
}

func crewjamOn(sp *saml.ServiceProvider, request string, q question) (o opinion) {
	defer func() {
		if p := recover(); p != nil {
			o = opinion{Why: fmt.Sprint("panic: ", p)}
		}
	}()
	var err error
	if q.logout != nil {
		o, err = crewjamOnLogout(sp, request, q)
	} else {
		o, err = crewjamOnSignIn(sp, request, q.message)
	}
	if private, ok := errors.AsType[*saml.InvalidResponseError](err); ok {
		err = private.PrivateErr
	}
	if err != nil {
		return opinion{Why: err.Error()}
	}
	o.Accepted = true
	return o
}

func crewjamOnLogout(sp *saml.ServiceProvider, request string, q question) (o opinion, err error) {
	asks := &http.Request{Method: http.MethodGet, URL: &url.URL{RawQuery: q.message}}
	if !q.redirects() {
		asks = &http.Request{Method: http.MethodPost, URL: &url.URL{}, PostForm: url.Values{q.parameter(): {q.message}}}
	}
	if q.answers() {
		_, err = sp.ParseLogoutResponse(asks, []string{request})
		return o, err
	}
	asked, err := sp.ValidateLogoutRequest(asks)
	if err != nil {
		return o, err
	}
	o.NameID = asked.NameID.Value
	for _, s := range asked.AllSessionIndexes() {
		o.Sessions = append(o.Sessions, s.Value)
	}
	return o, nil
}

func crewjamOnSignIn(sp *saml.ServiceProvider, request, message string) (o opinion, err error) {
	raw, err := base64.StdEncoding.DecodeString(message)
	if err != nil {
		return o, err
	}
	a, err := sp.ParseXMLResponse(raw, []string{request}, sp.AcsURL)
	if err != nil {
		return o, err
	}
	o.Attributes = map[string][]string{}
	if a.Subject != nil && a.Subject.NameID != nil {
		o.NameID = a.Subject.NameID.Value
	}
	for _, statement := range a.AttributeStatements {
		for _, attribute := range statement.Attributes {
			values := o.Attributes[attribute.Name]
			for _, v := range attribute.Values {
				values = append(values, v.Value)
			}
			o.Attributes[attribute.Name] = values
		}
	}
	return o, nil
}
