package saml_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml"
)

const capturedAssertion = `<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><Issuer>https://idp.acme.example</Issuer>
<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>
<Subject><NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">u-1</NameID></Subject>
<AttributeStatement><Attribute Name="urn:oid:1" FriendlyName="mail"><AttributeValue>ada@example.com</AttributeValue></Attribute>
<!-- pretty-printers leave such things --><Attribute Name="groups"><AttributeValue>a</AttributeValue><AttributeValue>b+c</AttributeValue></Attribute>
</AttributeStatement></Assertion>`

func inResponse(inside string) string {
	return `<?xml version="1.0"?><samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>` + inside + `</samlp:Response>`
}

func TestACaptureIsReadInEveryFormItComesIn(t *testing.T) {
	doc := inResponse(capturedAssertion)
	encoded := base64.StdEncoding.EncodeToString([]byte(doc))
	want := sso.Assertion{
		IDPEntityID: "https://idp.acme.example", NameID: sso.NameID{Value: "u-1", Format: sso.FormatPersistent},
		Attributes: sso.Attributes{{Name: "urn:oid:1", FriendlyName: "mail", Values: []string{"ada@example.com"}}, {Name: "groups", Values: []string{"a", "b+c"}}},
	}
	for name, raw := range map[string]string{
		"XML":                    "\n" + doc,
		"an assertion alone":     capturedAssertion,
		"base64":                 encoded + "\n",
		"base64 in lines":        encoded[:76] + "\r\n" + encoded[76:],
		"a form's body":          "SAMLResponse=" + url.QueryEscape(encoded) + "&RelayState=x",
		"a form's body, decoded": "RelayState=x&SAMLResponse=" + encoded,
		"a curl command":         `--data 'SAMLResponse=` + url.QueryEscape(encoded) + `'`,
	} {
		t.Run(name, func(t *testing.T) {
			c, err := saml.ReadCapture([]byte(raw))
			require.NoError(t, err)
			require.Equal(t, want, c.Assertion)
			require.True(t, c.Signed)
			require.False(t, c.Metadata)
		})
	}
}

func TestACaptureThatCannotBeReadSaysWhy(t *testing.T) {
	refused := strings.Replace(inResponse(""), "status:Success", "status:Responder", 1)
	for name, c := range map[string]struct{ raw, says string }{
		"nothing":               {"", "it is empty"},
		"a web page":            {"<!doctype html><html>", "it is a web page"},
		"something else":        {"hello", "neither XML nor base64"},
		"other XML":             {"<a/>", "its root is a"},
		"XML cut short":         {"<a><b>", "cannot be read as XML"},
		"a bomb":                {`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`, "cannot be read as XML"},
		"encrypted":             {inResponse(`<EncryptedAssertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>`), "encrypted"},
		"encrypted name":        {inResponse(`<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><Subject><EncryptedID/></Subject></Assertion>`), "encrypted"},
		"encrypted attribute":   {inResponse(`<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><AttributeStatement><EncryptedAttribute/></AttributeStatement></Assertion>`), "encrypted"},
		"two assertions":        {inResponse(capturedAssertion + capturedAssertion), "2 assertions"},
		"a refusal":             {refused, "the provider refused: it sent the status Responder"},
		"success and nothing":   {inResponse(""), "no assertion"},
		"an attribute nameless": {inResponse(`<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><AttributeStatement><Attribute/></AttributeStatement></Assertion>`), "attributes cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := saml.ReadCapture([]byte(c.raw))
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestCapturedMetadataIsKnownAsSuch(t *testing.T) {
	c, err := saml.ReadCapture([]byte(`<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="a"/>`))
	require.NoError(t, err)
	require.True(t, c.Metadata)
}
