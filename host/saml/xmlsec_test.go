package saml_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/need"
	"github.com/idplug/idplug/testing/vectors"
)

// TestXMLSecEncryptsForUs: what xmlsec1 encrypts in the way of its templates, the declarations around the assertion left outside, we open.
func TestXMLSecEncryptsForUs(t *testing.T) {
	xmlsec, dir, b := need.XMLSec(t), t.TempDir(), base(t)
	ours, err := spKeys()
	require.NoError(t, err)
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	certificate := file("cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ours[0].Certificate.Raw})))
	plain := decoded(t, message(t, b, "signed assertion"))
	const begin, end = "<saml:Assertion ", "</saml:Assertion>"
	require.Contains(t, plain, begin)
	// The element to encrypt stands in an EncryptedAssertion from the start: xmlsec1 puts the data in its place.
	doc := strings.Replace(plain, begin, `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">`+begin, 1)
	doc = file("doc.xml", strings.Replace(doc, end, end+"</saml:EncryptedAssertion>", 1))
	for cipher, session := range map[string]string{
		"http://www.w3.org/2001/04/xmlenc#aes128-cbc": "aes-128", "http://www.w3.org/2001/04/xmlenc#aes192-cbc": "aes-192",
		"http://www.w3.org/2001/04/xmlenc#aes256-cbc": "aes-256", "http://www.w3.org/2009/xmlenc11#aes128-gcm": "aes-128",
		"http://www.w3.org/2009/xmlenc11#aes192-gcm": "aes-192", "http://www.w3.org/2009/xmlenc11#aes256-gcm": "aes-256",
	} {
		t.Run(cipher, func(t *testing.T) {
			template := file("template.xml", `<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element">
<xenc:EncryptionMethod Algorithm="`+cipher+`"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey>
<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/>
<xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>
<xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>`)
			out, err := exec.CommandContext(t.Context(), xmlsec, "--encrypt", "--pubkey-cert-pem", certificate, "--session-key", session, "--xml-data", doc,
				"--node-name", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion", template).Output()
			require.NoError(t, err)
			require.NotContains(t, string(out), vectors.Ada)
			a, steps, err := verify(service(), target(b.Key), base64.StdEncoding.EncodeToString(out))
			require.NoError(t, err, "%v", steps)
			require.Equal(t, vectors.Ada, a.NameID.Value)
		})
	}
}

// TestXMLSecOpensWhatVectorsEncrypt: the messages we are tested with are what another implementation takes for encrypted.
func TestXMLSecOpensWhatVectorsEncrypt(t *testing.T) {
	xmlsec, dir, b := need.XMLSec(t), t.TempDir(), base(t)
	ours, err := spKeys()
	require.NoError(t, err)
	key := filepath.Join(dir, "key.pem")
	plain, err := x509.MarshalPKCS8PrivateKey(ours[0].Signer)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: plain}), 0o600))
	opened := 0
	for _, v := range vectors.All() {
		// xmlsec1 1.2 knows OAEP with SHA-1 alone, and looks for keys in the KeyInfo only.
		if !v.Sealed() || v.Code != "" || !strings.HasSuffix(v.Name, ", rsa-oaep-mgf1p, , ") {
			continue
		}
		m, err := v.Message(b)
		require.NoError(t, err)
		doc := filepath.Join(dir, "sealed.xml")
		require.NoError(t, os.WriteFile(doc, []byte(decoded(t, m)), 0o600))
		out, err := exec.CommandContext(t.Context(), xmlsec, "--decrypt", "--privkey-pem", key, "--pwd", "x", doc).Output()
		require.NoError(t, err, v.Name)
		require.Contains(t, string(out), vectors.Ada, v.Name)
		opened++
	}
	require.Equal(t, 6, opened)
}
