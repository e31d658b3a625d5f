package signedxml_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/testing/samltest"
)

// response is a response with one assertion the way Okta writes it; the text of NameID has everything that needs care.
const response = `<?xml version="1.0" encoding="UTF-8"?>
<saml2p:Response xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:xs="http://www.w3.org/2001/XMLSchema" ID="_r" Version="2.0">
<saml2:Issuer xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">http://idp.test/</saml2:Issuer>
<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a" Version="2.0">
<saml2:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity">http://idp.test/</saml2:Issuer>
<saml2:Subject><saml2:NameID>a&amp;b &lt;<![CDATA[<&>]]>&#13; é@idp.test</saml2:NameID></saml2:Subject>
<saml2:AttributeStatement><saml2:Attribute Name="groups">
<saml2:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">one</saml2:AttributeValue>
<saml2:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">two</saml2:AttributeValue>
</saml2:Attribute></saml2:AttributeStatement>
</saml2:Assertion></saml2p:Response>`

func sign(t testing.TB, doc, id string, s samltest.Signing) []byte {
	t.Helper()
	signed, err := samltest.Sign([]byte(doc), id, s)
	require.NoError(t, err)
	return signed
}

func requireCode(t testing.TB, code string, err error) {
	t.Helper()
	var refusal *signedxml.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, code, refusal.Code, refusal.Detail)
}

// TestVerifyAcceptsWhatOraclesAccept goes through everything a provider may choose and asks two strangers as well.
func TestVerifyAcceptsWhatOraclesAccept(t *testing.T) {
	rsa := rsaSigner(t)
	for name, c := range map[string]struct {
		signer
		samltest.Signing
		id string
		// goxmldsig refuses with this excuse
		goxmldsig string
	}{
		"rsa":                         {signer: rsa},
		"rsa of the response":         {signer: rsa, id: "_r"},
		"rsa-sha384":                  {signer: rsa, Signing: samltest.Signing{Method: "sha384", Digest: "sha384"}},
		"rsa-sha512":                  {signer: rsa, Signing: samltest.Signing{Method: "sha512", Digest: "sha512"}},
		"ecdsa-sha256 P-256":          {signer: ecdsaSigner(t, elliptic.P256()), goxmldsig: "wants ASN.1 signatures"},
		"ecdsa-sha384 P-384":          {signer: ecdsaSigner(t, elliptic.P384()), Signing: samltest.Signing{Method: "sha384"}, goxmldsig: "wants ASN.1 signatures"},
		"ecdsa-sha512 P-521":          {signer: ecdsaSigner(t, elliptic.P521()), Signing: samltest.Signing{Method: "sha512"}, goxmldsig: "wants ASN.1 signatures"},
		"prefix list":                 {signer: rsa, Signing: samltest.Signing{FormList: "xs"}},
		"prefix list of SignedInfo":   {signer: rsa, Signing: samltest.Signing{InfoList: "xs"}, goxmldsig: "ignores the list"},
		"prefix list with #default":   {signer: rsa, Signing: samltest.Signing{FormList: "#default saml2 nobody"}},
		"inclusive":                   {signer: rsa, Signing: samltest.Signing{Info: signedxml.InclusiveC14N, Form: signedxml.InclusiveC14N}},
		"inclusive 1.1":               {signer: rsa, Signing: samltest.Signing{Info: signedxml.C14N11, Form: signedxml.C14N11}},
		"no canonicalization at all":  {signer: rsa, id: "_r", Signing: samltest.Signing{Form: "-"}},
		"signature in default prefix": {signer: rsa, Signing: samltest.Signing{Prefix: "-"}},
		"lines of base64":             {signer: rsa, Signing: samltest.Signing{Break: "\n"}},
		"lines of base64 in Java":     {signer: rsa, Signing: samltest.Signing{Break: "&#13;\n"}},
		"lines of base64 in Windows":  {signer: rsa, Signing: samltest.Signing{Break: "\r\n  "}, goxmldsig: "no spaces in base64"},
		"no KeyInfo":                  {signer: rsa, Signing: samltest.Signing{KeyInfo: "none"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.Signing
			s.Key, s.Cert = c.signer.Signer, c.cert.Raw
			if s.KeyInfo == "none" {
				s.KeyInfo, s.Cert = "", nil
			}
			id := c.id
			if id == "" {
				id = "_a"
			}
			doc := sign(t, response, id, s)
			require.NoError(t, verify(t, doc, id, c.signer, signedxml.Policy{}))
			if err := goxmldsigVerify(doc, id, c.cert); c.goxmldsig == "" {
				require.NoError(t, err, "goxmldsig")
			} else {
				require.Error(t, err, "goxmldsig now agrees; the excuse can go: %s", c.goxmldsig)
			}
			out, err := xmlsecVerify(t, doc, c.signer)
			require.NoError(t, err, out)

			changed := []byte(strings.Replace(string(doc), ">two<", ">twO<", 1))
			requireCode(t, signedxml.CodeSigDigest, verify(t, changed, id, c.signer, signedxml.Policy{}))
			_, err = xmlsecVerify(t, changed, c.signer)
			require.Error(t, err)
			requireCode(t, signedxml.CodeSigUntrustedKey, verify(t, sign(t, response, id, withKey(t, s)), id, c.signer, signedxml.Policy{}))
		})
	}
}

// withKey signs with another key of the same kind, still showing the certificate of the old one.
func withKey(t testing.TB, s samltest.Signing) samltest.Signing {
	t.Helper()
	switch key := s.Key.(type) {
	case *ecdsa.PrivateKey:
		s.Key = ecdsaSigner(t, key.Curve).Signer
	default:
		s.Key = otherSigner(t).Signer
	}
	return s
}
