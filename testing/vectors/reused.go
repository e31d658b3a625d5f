package vectors

import (
	"strings"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/samltest"
)

// reused are Responses with a signature that the provider's key did make, of something else that it publishes or sends: metadata, and messages that
// anybody can have it sign by starting a logout.
func reused() []Vector {
	const foreign = "_foreign"
	attributes := ` xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="` + foreign + `" Version="2.0" IssueInstant="2026-01-01T00:00:00Z"`
	var list []Vector
	for _, d := range []struct{ name, text string }{
		{"metadata", `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" ID="` + foreign + `" entityID="urn:x"><md:IDPSSODescriptor/></md:EntityDescriptor>`},
		{"a LogoutRequest", `<samlp:LogoutRequest` + attributes + `><saml:NameID>` + Ada + `</saml:NameID></samlp:LogoutRequest>`},
		{"an AuthnRequest", `<samlp:AuthnRequest` + attributes + `><samlp:NameIDPolicy/></samlp:AuthnRequest>`},
	} {
		sign := func(b Base) (signed, signature string, err error) {
			text, err := samltest.Sign([]byte(d.text), foreign, samltest.Signing{Key: b.Key.Signer, Cert: b.Key.Certificate.Raw})
			if err != nil {
				return "", "", err
			}
			signature, err = part(string(text), dsStart, dsEnd)
			return string(text), signature, err
		}
		put := func(how func(text, signed string) string) edit {
			return func(b Base, text string) (string, error) {
				signed, signature, err := sign(b)
				if err != nil {
					return "", err
				}
				if text, err = exchange(dsStart, dsEnd, signature)(b, text); err != nil {
					return "", err
				}
				return how(text, signed), nil
			}
		}
		why := "the provider's own signature, of another thing"
		list = append(list,
			badSignature("of "+d.name, why, sso.SigReference, put(func(text, _ string) string { return text })),
			badSignature("of "+d.name+", and its ID", why, sso.SigDigest, put(func(text, _ string) string {
				return strings.ReplaceAll(text, `"`+assertionID+`"`, `"`+foreign+`"`)
			})),
			badSignature("of "+d.name+", which lies in Extensions", why, sso.SigReference, put(func(text, signed string) string {
				bare := strings.Replace(signed, signed[strings.Index(signed, dsStart):strings.Index(signed, dsEnd)+len(dsEnd)], "", 1)
				return strings.Replace(text, "<samlp:Status>", "<samlp:Extensions>"+bare+"</samlp:Extensions><samlp:Status>", 1)
			})),
		)
	}
	return list
}
