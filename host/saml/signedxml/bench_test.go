package signedxml_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/testing/samltest"
)

// oktaLike is a signed response of about 10 KB with twelve attributes and the given number of groups.
func oktaLike(t testing.TB, s signer, groups int, list string) []byte {
	t.Helper()
	const value = `<saml2:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">%s</saml2:AttributeValue>`
	const format = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><saml2p:Response Destination="https://sp.test/saml/acme/acs" ID="_r" InResponseTo="id-1" IssueInstant="2026-01-01T00:00:00.000Z" Version="2.0" xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:xs="http://www.w3.org/2001/XMLSchema"><saml2:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity" xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">http://www.okta.com/exk1</saml2:Issuer><saml2p:Status xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol"><saml2p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></saml2p:Status><saml2:Assertion ID="_a" IssueInstant="2026-01-01T00:00:00.000Z" Version="2.0" xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xs="http://www.w3.org/2001/XMLSchema"><saml2:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity" xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">http://www.okta.com/exk1</saml2:Issuer><saml2:Subject><saml2:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">jane@example.test</saml2:NameID><saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml2:SubjectConfirmationData InResponseTo="id-1" NotOnOrAfter="2026-01-01T00:05:00.000Z" Recipient="https://sp.test/saml/acme/acs"/></saml2:SubjectConfirmation></saml2:Subject><saml2:Conditions NotBefore="2025-12-31T23:55:00.000Z" NotOnOrAfter="2026-01-01T00:05:00.000Z"><saml2:AudienceRestriction><saml2:Audience>https://sp.test/saml/acme/metadata</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions><saml2:AuthnStatement AuthnInstant="2026-01-01T00:00:00.000Z" SessionIndex="id-1"><saml2:AuthnContext><saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement><saml2:AttributeStatement>`)
	for i := range 11 {
		fmt.Fprintf(&b, `<saml2:Attribute Name="attribute%d" NameFormat="`+format+`">`+value+`</saml2:Attribute>`, i, "value of it")
	}
	b.WriteString(`<saml2:Attribute Name="groups" NameFormat="` + format + `">`)
	for i := range groups {
		fmt.Fprintf(&b, value, fmt.Sprintf("group-%04d", i))
	}
	b.WriteString(`</saml2:Attribute></saml2:AttributeStatement></saml2:Assertion></saml2p:Response>`)
	return sign(t, b.String(), "_a", samltest.Signing{Key: s.Signer, Cert: s.cert.Raw, FormList: list, Break: "\n"})
}

// BenchmarkFloor is the cryptography no verifier can do without: one RSA-2048 verification and two digests.
func BenchmarkFloor(b *testing.B) {
	s := rsaSigner(b)
	doc := oktaLike(b, s, 20, "xs")
	sig, _, err := find(b, doc, "_a").Signature()
	require.NoError(b, err)
	covered, err := find(b, doc, "_a").AppendCanonical(nil, signedxml.ExclusiveC14N, []string{"xs"}, signedxml.Node{})
	require.NoError(b, err)
	infoNode, _ := sig.Node().Child(dsURI, "SignedInfo")
	info, err := infoNode.AppendCanonical(nil, signedxml.ExclusiveC14N, nil, signedxml.Node{})
	require.NoError(b, err)
	value, err := base64.StdEncoding.DecodeString(string(between(b, doc, "<ds:SignatureValue>", "<")))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		sha256.Sum256(covered)
		hashed := sha256.Sum256(info)
		if err := rsa.VerifyPKCS1v15(s.Public().(*rsa.PublicKey), crypto.SHA256, hashed[:], value); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify is everything: scan, structure, canonical forms, digests, signature.
func BenchmarkVerify(b *testing.B) {
	s := rsaSigner(b)
	for _, c := range []struct {
		name   string
		groups int
		list   string
	}{{"okta", 20, ""}, {"okta-prefixlist", 20, "xs"}, {"groups-1000", 1000, "xs"}} {
		b.Run(c.name, func(b *testing.B) {
			doc := oktaLike(b, s, c.groups, c.list)
			keys := s.keys()
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				d, err := signedxml.Parse(doc, signedxml.DefaultLimits())
				if err != nil {
					b.Fatal(err)
				}
				a, _ := d.Root().Child(samlURI, "Assertion")
				sig, _, err := a.Signature()
				if err != nil {
					b.Fatal(err)
				}
				if _, err := sig.Verify(keys, signedxml.Policy{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkParse is the scan alone.
func BenchmarkParse(b *testing.B) {
	doc := oktaLike(b, rsaSigner(b), 20, "xs")
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := signedxml.Parse(doc, signedxml.DefaultLimits()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRefuseDigest is what an anonymous client can make us spend with a changed message.
func BenchmarkRefuseDigest(b *testing.B) {
	s := rsaSigner(b)
	doc := []byte(strings.Replace(string(oktaLike(b, s, 20, "xs")), "group-0007", "group-0666", 1))
	b.ReportAllocs()
	for b.Loop() {
		d, err := signedxml.Parse(doc, signedxml.DefaultLimits())
		if err != nil {
			b.Fatal(err)
		}
		a, _ := d.Root().Child(samlURI, "Assertion")
		sig, _, err := a.Signature()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := sig.Verify(s.keys(), signedxml.Policy{}); err == nil {
			b.Fatal("verified")
		}
	}
}
