package interop

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/crewjam/saml"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
)

// doubted gives the message with which a person signed in to all who give second opinions: they read in it what we read.
func (s *stage) doubted(t *testing.T, message string) {
	t.Helper()
	var response struct {
		InResponseTo string `xml:",attr"`
	}
	require.NoError(t, xml.Unmarshal([]byte(message), &response))
	idp, signs := s.described(t)
	c := connect(t, sso.NewServiceProvider(s.url, sso.TenantID(s.tenant)), idp, devidp.Key{Certificate: signs}, time.Now().Truncate(time.Second))
	c.RequestID = response.InResponseTo
	q := question{message: base64.StdEncoding.EncodeToString([]byte(message))}
	q.vector.Name = "sign-in at " + s.tenant
	q.ours, q.refused = c.judge(q.message)
	require.NoError(t, q.refused)
	for _, p := range peers() {
		o := p.ask(t, c, []question{q})[0]
		require.True(t, o.Accepted, "%s refuses it: %s", p.name, o.Why)
		if !p.onlySignatures {
			agree(t, q, o)
		}
	}
}

// described is what the provider says about itself: its name, and the certificate that it signs with.
func (s *stage) described(t *testing.T) (idp string, signs *x509.Certificate) {
	t.Helper()
	answer, err := http.Get(s.metadataURL())
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	var entity saml.EntityDescriptor
	require.NoError(t, xml.Unmarshal(text, &entity))
	for _, k := range entity.IDPSSODescriptors[0].KeyDescriptors {
		if k.Use == "encryption" {
			continue
		}
		der, err := base64.StdEncoding.DecodeString(k.KeyInfo.X509Data.X509Certificates[0].Data)
		require.NoError(t, err)
		signs, err = x509.ParseCertificate(der)
		require.NoError(t, err)
		return entity.EntityID, signs
	}
	t.Fatal("no signing certificate")
	return "", nil
}
