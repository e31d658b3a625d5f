package vectors

import (
	"fmt"
	"strings"
	"time"

	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/samltest"
)

// accepted are the legal habits of providers.
func accepted() []Vector {
	list := append([]Vector{
		{Name: "signed assertion", Why: "most providers as they come"},
		{Name: "signed response", Why: "Google with “Signed response”", shape: signedResponse},
		{Name: "both signed", Why: "Okta", shape: signedBoth},
		{Name: "default namespaces", Why: "Entra", style: devidp.Style{AttributesFirst: true}},
		{Name: "declarations repeated", Why: "Okta", style: devidp.Style{Protocol: "saml2p", Assertion: "saml2", Redeclare: true}},
		{Name: "PrefixList", Why: "Okta", signing: samltest.Signing{FormList: "xs xsi", InfoList: "xs"}},
		{Name: "PrefixList #default", Why: "OpenSAML", signing: samltest.Signing{FormList: "#default saml xs"}},
		{Name: "inclusive canonicalization", Why: "some .NET products", signing: samltest.Signing{Form: signedxml.InclusiveC14N, Info: signedxml.InclusiveC14N}},
		{Name: "no canonicalization named", Why: "XML Signature 4.3.3.2", signing: samltest.Signing{Form: "-"}},
		{Name: "SHA-512", Why: "a choice in PingOne", signing: samltest.Signing{Method: "sha512", Digest: "sha512"}},
		{Name: "base64 in lines", Why: "Java", signing: samltest.Signing{Break: "\n"}},
		{Name: "carriage returns as references", Why: "xmlsec on Windows", signing: samltest.Signing{Break: "&#13;\n"}},
		{
			Name: "KeyInfo that says something else", Why: "it is unsigned, so nobody may believe it, either way",
			tampers: []edit{exchange("<ds:X509Certificate>", "</", "<ds:X509Certificate>QUJD</")},
		},
		{Name: "no KeyInfo", Why: "it may be absent (SAML Core 5.4.5): every key of the provider is tried", tampers: []edit{drop("<ds:KeyInfo>", "</ds:KeyInfo>")}},
		{Name: "form value in lines", Why: "RFC 2045", form: func(s string) string { return lines(s, "\r\n") }},
		{Name: "form value in lines of Unix", Why: "RFC 2045", form: func(s string) string { return lines(s, "\n") }},
		{Name: "CDATA in NameID", Why: "legal, same value", edits: []edit{swap(">"+Ada+"<", "><![CDATA[ada@]]>example.test<")}},
		{Name: "no SessionIndex", Why: "ADFS without NameID rule", fields: func(r *devidp.Response) { r.Assertions[0].Authn.SessionIndex = "" }},
		{Name: "no attributes", Why: "JumpCloud as it comes", fields: func(r *devidp.Response) { r.Assertions[0].Attributes = nil }},
		{Name: "no Destination", Why: "PingFederate with a signed assertion", fields: func(r *devidp.Response) { r.Destination = "" }},
		{Name: "no Issuer on the Response", Why: "legal where it is not encrypted", fields: func(r *devidp.Response) { r.Issuer = "" }},
		{Name: "Issuer with the entity format", Why: "Okta", fields: func(r *devidp.Response) {
			r.IssuerFormat = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
		}},
		{Name: "confirmed until next year", Why: "bounded by freshness", fields: confirmation(func(c *devidp.Confirmation) { c.NotOnOrAfter = c.NotOnOrAfter.AddDate(1, 0, 0) })},
		{Name: "two audiences, one ours", Why: "SAML Core 2.5.1.4", fields: func(r *devidp.Response) {
			r.Assertions[0].Conditions.Audiences[0] = append([]string{"https://other.example/sp"}, r.Assertions[0].Conditions.Audiences[0]...)
		}},
		{Name: "OneTimeUse and ProxyRestriction", Why: "SAML Core 2.5.1.5", edits: []edit{
			after("</saml:AudienceRestriction>", `<saml:OneTimeUse/><saml:ProxyRestriction Count="0"/>`),
		}},
		{Name: "clock ahead by less than the skew", Why: "clocks differ", fields: shifted(2 * time.Minute)},
		{Name: "clock behind by less than the skew", Why: "clocks differ", fields: shifted(-7 * time.Minute)},
		{Name: "time without zone", Why: "SAML Core 1.3.3 read to the letter", edits: []edit{swap(`Z" Recipient`, `" Recipient`)}},
		{Name: "repeated attribute", Why: "Keycloak", fields: func(r *devidp.Response) {
			r.Assertions[0].Attributes = append(r.Assertions[0].Attributes, devidp.Attribute{Name: "groups", Values: []string{"more"}})
		}},
		{Name: "empty values", Why: "Google", fields: func(r *devidp.Response) { r.Assertions[0].Attributes[1].Values = []string{"", "staff", ""} }},
		{Name: "eduPersonTargetedID", Why: "Shibboleth", edits: []edit{swap("staff<", "<saml:NameID>staff</saml:NameID><")}},
	}, append(people(), canonical()...)...)
	for _, n := range []int{1_000, 5_000, 10_000} {
		list = append(list, Vector{Name: fmt.Sprintf("%d groups", n), Why: "large companies; goxmldsig 1.6.1 fails at 1,000", fields: groups(n)})
	}
	return list
}

// people are legal ways to say who it is, and to confirm it.
func people() []Vector {
	return []Vector{
		{Name: "two confirmations, one sound", Why: "SAML Profiles 4.1.4.3", fields: func(r *devidp.Response) {
			other := r.Assertions[0].Confirmations[0]
			other.Method, other.Recipient = "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches", ""
			r.Assertions[0].Confirmations = append([]devidp.Confirmation{other}, r.Assertions[0].Confirmations...)
		}},
		{Name: "two bearers, the second sound", Why: "SAML Profiles 4.1.4.3", fields: func(r *devidp.Response) {
			other := r.Assertions[0].Confirmations[0]
			other.Recipient += "x"
			r.Assertions[0].Confirmations = append([]devidp.Confirmation{other}, r.Assertions[0].Confirmations...)
		}},
		{Name: "Address of somebody else", Why: "people's addresses change on their way", edits: []edit{after("<saml:SubjectConfirmationData ", `Address="192.0.2.1" `)}},
		{Name: "persistent name with its qualifiers", Why: "SAML Core 8.3.7, Shibboleth", edits: []edit{func(b Base, text string) (string, error) {
			return exchange("<saml:NameID ", ">", `<saml:NameID Format="`+devidp.FormatPersistent+`" NameQualifier="`+b.IDPEntityID+`" SPNameQualifier="`+b.SP.EntityID+`">`)(b, text)
		}}},
		{Name: "persistent name without qualifiers", Why: "SAML Core 8.3.7", fields: func(r *devidp.Response) { r.Assertions[0].NameID.Format = devidp.FormatPersistent }},
		{Name: "NameID without Format", Why: "PingOne", fields: func(r *devidp.Response) { r.Assertions[0].NameID.Format = "" }},
	}
}

// canonical are legal texts of which not everybody's canonical form is the standard's.
func canonical() []Vector {
	const name = `Name="groups"`
	return []Vector{
		{Name: "lines inside an attribute", Why: "each is a space, XML 1.0 3.3.3", edits: []edit{swap(name, name+" FriendlyName=\"Her\n\tgroups\r\n\"")}},
		{Name: "lines inside an attribute by reference", Why: "which stay as they are, XML 1.0 3.3.3", edits: []edit{swap(name, name+` FriendlyName="Her&#13;&#10;groups&#x9;"`)}},
		{Name: "attributes of two namespaces", Why: "they go by namespace, Canonical XML 2.2", edits: []edit{
			swap(name, `xmlns:a="urn:x:b" xmlns:b="urn:x:a" b:z="of urn:x:a" a:y="of urn:x:b" `+name),
		}},
		{Name: "a default namespace taken back that nobody gave", Why: "it leaves no trace, Canonical XML 2.3", edits: []edit{swap(name, name+` xmlns=""`)}},
		{Name: "the prefix xml declared", Why: "which it is anyway, Namespaces in XML 3", edits: []edit{
			swap(name, `xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="en" `+name),
		}},
	}
}

// groups gives the person n groups, with xs and xsi declared on every value as Okta does.
func groups(n int) func(*devidp.Response) {
	return func(r *devidp.Response) {
		values := make([]string, n)
		for i := range values {
			values[i] = fmt.Sprintf("g%05d", i)
		}
		kind := "xs:string"
		if n > 2_000 {
			kind = "" // the declarations alone would need more than 512 KiB
		}
		r.Assertions[0].Attributes = []devidp.Attribute{{Name: "groups", Type: kind, Values: values}}
	}
}

// shifted moves every time by d, as a provider's wrong clock does.
func shifted(d time.Duration) func(*devidp.Response) {
	return func(r *devidp.Response) {
		r.IssueInstant = r.IssueInstant.Add(d)
		a := r.Assertions[0]
		a.IssueInstant = a.IssueInstant.Add(d)
		a.Confirmations[0].NotOnOrAfter = a.Confirmations[0].NotOnOrAfter.Add(d)
		a.Conditions.NotBefore, a.Conditions.NotOnOrAfter = a.Conditions.NotBefore.Add(d), a.Conditions.NotOnOrAfter.Add(d)
		a.Authn.AuthnInstant = a.Authn.AuthnInstant.Add(d)
	}
}

func lines(s, end string) string {
	var out strings.Builder
	for ; len(s) > 76; s = s[76:] {
		out.WriteString(s[:76] + end)
	}
	return out.String() + s + end
}
