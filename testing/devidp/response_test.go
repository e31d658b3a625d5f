package devidp_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/need"
)

func testKey(t *testing.T, kind devidp.KeyKind) devidp.Key {
	t.Helper()
	key, err := devidp.NewKey(kind, "response tests", pkix.Name{CommonName: "test"}, time.Now().Add(-time.Hour), 1)
	require.NoError(t, err)
	return key
}

func sample(signature *devidp.Signature) *devidp.Response {
	r := devidp.NewResponse(devidp.Answer{
		Issuer: "https://idp.example.com", ACS: "https://app.example.com/acs", Audience: "https://app.example.com",
		InResponseTo: "_request", NameID: devidp.NameID{Value: "ada", Format: devidp.FormatPersistent}, SessionIndex: "_s", Now: time.Now(),
		Attributes: []devidp.Attribute{{Name: "note", Type: "xs:string", Values: []string{"a\r\nb", "<&>\"'", "é", ""}}},
	})
	r.SignAssertion, r.SignResponse = signature, signature
	return r
}

// signatures are the ways to sign that verifiers must cope with.
func signatures(t *testing.T) map[string]devidp.Signature {
	key, ec := testKey(t, devidp.RSA2048), testKey(t, devidp.P256)
	base := devidp.Signature{Key: key.Signer, Certificate: key.Certificate, Prefix: "ds"}
	out := map[string]devidp.Signature{}
	with := func(name string, change func(*devidp.Signature)) {
		s := base
		change(&s)
		out[name] = s
	}
	with("plain", func(*devidp.Signature) {})
	with("default namespace", func(s *devidp.Signature) { s.Prefix = "" })
	with("prefix list", func(s *devidp.Signature) { s.PrefixList = "samlp saml xs" })
	with("prefix list of SignedInfo", func(s *devidp.Signature) { s.InfoList = "samlp ds" })
	with("sha512", func(s *devidp.Signature) { s.Method, s.Digest = devidp.RSASHA512, devidp.DigestSHA512 })
	with("key value", func(s *devidp.Signature) { s.KeyInfo = devidp.KeyInfoKeyValue })
	with("subject name", func(s *devidp.Signature) { s.KeyInfo = devidp.KeyInfoSubject })
	with("no key info", func(s *devidp.Signature) { s.KeyInfo = devidp.KeyInfoNone })
	with("ecdsa", func(s *devidp.Signature) { s.Key, s.Certificate = ec.Signer, ec.Certificate })
	return out
}

func TestSignaturesVerifyInGoxmldsig(t *testing.T) {
	all := signatures(t)
	delete(all, "ecdsa")                     // it takes Go's ASN.1 for the signature value; XML Signature says r‖s
	delete(all, "prefix list of SignedInfo") // it does not read that one
	for name, s := range all {
		t.Run(name, func(t *testing.T) {
			doc, err := sample(&s).XML()
			require.NoError(t, err)
			tree := etree.NewDocument()
			require.NoError(t, tree.ReadFromBytes(doc))
			judge := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{s.Certificate}})
			judge.IdAttribute = "ID"
			whole, err := judge.Validate(tree.Root())
			require.NoError(t, err)
			scope, err := etreeutils.NSBuildParentContext(whole.FindElement("//Assertion"))
			require.NoError(t, err)
			alone, err := etreeutils.NSDetatch(scope, whole.FindElement("//Assertion"))
			require.NoError(t, err)
			_, err = judge.Validate(alone)
			require.NoError(t, err)
			tree.FindElement("//AttributeValue").SetText("forged")
			_, err = judge.Validate(tree.Root())
			require.Error(t, err)
		})
	}
}

func TestSignaturesVerifyInXmlsec(t *testing.T) {
	xmlsec := need.XMLSec(t)
	for name, s := range signatures(t) {
		for _, element := range []string{"Response", "Assertion"} {
			t.Run(name+"/"+element, func(t *testing.T) {
				doc, err := sample(&s).XML()
				require.NoError(t, err)
				message, certificate := filepath.Join(t.TempDir(), "message.xml"), filepath.Join(t.TempDir(), "cert.pem")
				block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate.Raw})
				require.NoError(t, os.WriteFile(message, doc, 0o600))
				require.NoError(t, os.WriteFile(certificate, block, 0o600))
				out, err := exec.CommandContext(t.Context(), xmlsec, "--verify", "--pubkey-cert-pem", certificate,
					"--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:protocol:Response", "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
					"--node-xpath", "//*[local-name()='"+element+"']/*[local-name()='Signature']", message).CombinedOutput()
				require.NoError(t, err, string(out))
			})
		}
	}
}

// TestZeroFieldsAreAbsent holds that a test can leave anything out.
func TestZeroFieldsAreAbsent(t *testing.T) {
	r := sample(nil)
	a := r.Assertions[0]
	a.NameID, a.Conditions, a.Authn, a.Attributes, a.Issuer, a.ID = nil, nil, nil, nil, "", ""
	a.Confirmations[0] = devidp.Confirmation{}
	r.ID, r.Destination, r.InResponseTo, r.Issuer, r.Status = "", "", "", "", devidp.Status{}
	doc, err := r.XML()
	require.NoError(t, err)
	got := string(doc)
	for _, absent := range []string{" ID=", "Destination", "InResponseTo", "Issuer", "NameID", "Conditions", "AuthnStatement", "AttributeStatement", "Status", "Recipient", "Signature"} {
		require.NotContains(t, got, absent)
	}
	require.Contains(t, got, "<saml:SubjectConfirmationData/>")
}

func TestNewResponseIsWholeAndFresh(t *testing.T) {
	one, two := sample(nil), sample(nil)
	require.NotEqual(t, one.ID, two.ID)
	require.NotEqual(t, one.Assertions[0].ID, two.Assertions[0].ID)
	require.NotEqual(t, one.ID, one.Assertions[0].ID)
	require.True(t, strings.HasPrefix(one.ID, "_"), "an NCName does not start with a digit")
	doc, err := one.XML()
	require.NoError(t, err)
	tree := etree.NewDocument()
	require.NoError(t, tree.ReadFromBytes(doc))
	data := tree.FindElement("//SubjectConfirmationData")
	require.Equal(t, "https://app.example.com/acs", data.SelectAttrValue("Recipient", ""))
	require.Equal(t, "_request", data.SelectAttrValue("InResponseTo", ""))
	require.NotEmpty(t, data.SelectAttrValue("NotOnOrAfter", ""))
	require.Equal(t, "https://app.example.com", tree.FindElement("//Audience").Text())
	require.Equal(t, "a\r\nb", tree.FindElement("//AttributeValue").Text(), "a carriage return survives the trip")
}

func TestSigningMistakesAreErrors(t *testing.T) {
	key := testKey(t, devidp.RSA2048)
	for name, s := range map[string]devidp.Signature{
		"method":      {Key: key.Signer, Certificate: key.Certificate, Method: "urn:none"},
		"digest":      {Key: key.Signer, Certificate: key.Certificate, Digest: "urn:none"},
		"certificate": {Key: key.Signer},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sample(&s).XML()
			require.Error(t, err)
		})
	}
}

func TestSeedMakesTheSameKey(t *testing.T) {
	one, two := testKey(t, devidp.RSA2048), testKey(t, devidp.RSA2048)
	require.Equal(t, one.Signer, two.Signer)
	other, err := devidp.NewKey(devidp.RSA2048, "another", pkix.Name{}, time.Now(), 1)
	require.NoError(t, err)
	require.NotEqual(t, one.Signer.Public(), other.Signer.Public())
	require.NotEqual(t, testKey(t, devidp.P256).Signer.Public(), testKey(t, devidp.P256).Signer.Public(), "only RSA keys are seeded")
}
