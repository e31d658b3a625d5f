package vectors

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/samltest"
)

const (
	dsStart, dsEnd = "<ds:Signature ", "</ds:Signature>"
	excC14N        = "http://www.w3.org/2001/10/xml-exc-c14n#"
	more           = "http://www.w3.org/2001/04/xmldsig-more#"
)

// badSignature is a message whose signature is edited.
func badSignature(name, why string, code sso.Code, tampers ...edit) Vector {
	return Vector{Name: "signature: " + name, Why: why, Code: code, tampers: tampers}
}

// signatures are signatures that prove nothing.
func signatures() []Vector {
	bad := badSignature
	list := []Vector{
		{Name: "signature: none", Why: "unsigned", Code: sso.SigMissing, tampers: []edit{drop(dsStart, dsEnd)}},
		{Name: "signature: stranger's", Why: "own key with its certificate in KeyInfo", Code: sso.SigUntrustedKey, key: stranger},
		{Name: "signature: stranger's over the Response", Why: "the same", Code: sso.SigUntrustedKey, key: stranger, shape: signedResponse},
		{
			Name: "signature: stranger's with KeyValue only", Why: "a bare key is believed elsewhere", Code: sso.SigUntrustedKey, key: stranger,
			tampers: []edit{keyValue},
		},
		{
			Name: "signature: stranger's with RetrievalMethod", Why: "asks us to fetch a key", Code: sso.SigUntrustedKey, key: stranger,
			signing: samltest.Signing{KeyInfo: `<p:RetrievalMethod URI="http://169.254.169.254/"/>`},
		},
		{Name: "signature: rsa-sha1", Why: "weak", Code: sso.SigWeakAlg, signing: samltest.Signing{Method: "sha1"}},
		{Name: "signature: sha1 digest", Why: "weak", Code: sso.SigWeakAlg, signing: samltest.Signing{Digest: "sha1"}},
		bad("empty", "Signature without content", sso.SigStructure, exchange(dsStart, dsEnd, `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>`)),
		bad("empty value", "no value", sso.SigMalformed, exchange("<ds:SignatureValue>", "</", "<ds:SignatureValue></")),
		bad("value is no base64", "junk", sso.SigMalformed, after("<ds:SignatureValue>", "*")),
		bad("digest is no base64", "junk", sso.SigMalformed, after("<ds:DigestValue>", "*")),
		bad("value with junk behind it", "decoders stop there and give what they have", sso.SigMalformed, before("</ds:SignatureValue>", "*")),
		bad("value with more behind its padding", "decoders stop there and give what they have", sso.SigMalformed, before("</ds:SignatureValue>", "QUJD")),
		bad("digest with junk behind it", "decoders stop there and give what they have", sso.SigMalformed, before("</ds:DigestValue>", "*")),
		bad("digest with more behind its padding", "decoders stop there and give what they have", sso.SigMalformed, before("</ds:DigestValue>", "QUJD")),
		bad("element in the value", "text around it is joined elsewhere", sso.SigMalformed, after("<ds:SignatureValue>", "<ds:x/>")),
		bad("other value", "one byte", sso.SigUntrustedKey, exchange("<ds:SignatureValue>", "</", "<ds:SignatureValue>"+strings.Repeat("QUJD", 85)+"QQ==</")),
		bad("twice", "which one counts?", sso.SigStructure, double(dsStart, dsEnd)),
		bad("two SignedInfo", "xml-crypto CVE-2025-29774", sso.SigStructure, double("<ds:SignedInfo>", "</ds:SignedInfo>")),
		bad("two KeyInfo", "no reader agrees", sso.SigStructure, double("<ds:KeyInfo>", "</ds:KeyInfo>")),
		bad("ds:Object", "where wrapped content hides", sso.SigObject, before("</ds:Signature>", "<ds:Object/>")),
		bad("two references", "goxmldsig CVE-2026-33487", sso.SigReference, double("<ds:Reference ", "</ds:Reference>")),
		bad("two digest values", "which one counts?", sso.SigReference, double("<ds:DigestValue>", "</ds:DigestValue>")),
		bad("reference without #", "a file of that name", sso.SigReference, swap(`URI="#`, `URI="`)),
		bad("empty reference", "the whole document", sso.SigReference, swap(`URI="#`+assertionID, `URI="`)),
		bad("xpointer", "another language for the same", sso.SigReference, swap(`URI="#`+assertionID, `URI="#xpointer(id('`+assertionID+`'))`)),
		bad("external reference", "asks us to fetch", sso.SigReference, swap(`URI="#`+assertionID, `URI="http://169.254.169.254/`)),
		bad("reference to the Response", "another element than its parent", sso.SigReference, swap(`URI="#`+assertionID, `URI="#`+responseID)),
		bad("reference in another case", "IDs are compared exactly", sso.SigReference, swap(`URI="#_assertion`, `URI="#_Assertion`)),
		bad("foreign element in KeyInfo", "where wrapped content hides", sso.SigStructure, after("<ds:KeyInfo>", `<x:y xmlns:x="urn:x"/>`)),
		bad("Object in KeyInfo", "where wrapped content hides", sso.SigStructure, after("<ds:KeyInfo>", "<ds:Object/>")),
		bad("moved into Subject", "no longer its parent's", sso.SigStructure, move("<saml:Subject>")),
		bad("moved into Advice", "no longer its parent's", sso.SigStructure, swap("<saml:Conditions", "<saml:Advice></saml:Advice><saml:Conditions"), move("<saml:Advice>")),
		bad("moved into the Response", "no longer its parent's", sso.SigReference, move("</samlp:Status>")),
		bad("moved into Extensions", "node-saml's signature-in-extensions", sso.SigStructure, move("<samlp:Extensions>")),
	}
	for _, method := range []string{"http://www.w3.org/2000/09/xmldsig#hmac-sha1", more + "hmac-sha256", more + "rsa-md5", "http://www.w3.org/2000/09/xmldsig#dsa-sha1", "none", more + "ecdsa-sha256"} {
		list = append(list, bad("method "+method, "unknown, weak, or of another kind than the key", sso.SigWeakAlg, swap(`Algorithm="`+more+`rsa-sha256"`, `Algorithm="`+method+`"`)))
	}
	return slices.Concat(list, macs(), transforms(), changed())
}

// changed are signed messages that somebody changed.
func changed() []Vector {
	list := []Vector{
		{
			Name: "changed: inner signature of a signed Response", Why: "made by somebody who could sign only the outside", Code: sso.SigInnerInvalid, shape: signedResponse,
			edits: []edit{borrowed},
		},
		{Name: "changed: inner digest of a signed Response", Why: "the same", Code: sso.SigInnerInvalid, shape: signedResponse, edits: []edit{borrowed, exchange(
			"<ds:DigestValue>", "</", "<ds:DigestValue>QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=</")}},
		{
			Name: "changed: outer Response", Why: "a good assertion in a Response that is not the provider's", Code: sso.SigDigest, shape: signedBoth,
			tampers: []edit{swap("<samlp:Status>", "<samlp:Extensions/><samlp:Status>")},
		},
	}
	for _, s := range []shape{signedAssertion, signedResponse, signedBoth} {
		for _, c := range [][2]string{
			{">" + Ada + "</saml:NameID>", ">" + intruder + "</saml:NameID>"},
			{">staff<", ">root<"},
			{` Name="groups"`, ` Name="roles"`},
			{"AuthnStatement AuthnInstant=\"2", "AuthnStatement AuthnInstant=\"1"},
			{"<saml:Subject>", "<saml:Subject><saml:BaseID/>"},
			{"<saml:Audience>", "<saml:Audience>https://other.example</saml:Audience><saml:Audience>"},
		} {
			list = append(list, Vector{
				Name: fmt.Sprintf("changed: %q by %q, shape %d", c[0], c[1], s), Why: "content changed on its way", Code: sso.SigDigest,
				shape: s, tampers: []edit{swap(c[0], c[1])},
			})
		}
	}
	return list
}

func stranger(b Base) devidp.Key { return b.Stranger }

// double puts a part twice.
func double(from, to string) edit {
	return func(_ Base, text string) (string, error) {
		found, err := part(text, from, to)
		if err != nil {
			return "", err
		}
		return strings.Replace(text, found, found+found, 1), nil
	}
}

// move takes the first signature from its place and puts it behind the mark, which is made in the Response where there is none.
func move(mark string) edit {
	return func(_ Base, text string) (string, error) {
		signature, err := part(text, dsStart, dsEnd)
		if err != nil {
			return "", err
		}
		text = strings.Replace(text, signature, "", 1)
		if !strings.Contains(text, mark) {
			text = strings.Replace(text, "<samlp:Status>", mark+"</"+mark[1:]+"<samlp:Status>", 1)
		}
		return strings.Replace(text, mark, mark+signature, 1), nil
	}
}

// borrowed gives the assertion a signature of a stranger, before the provider signs the Response.
func borrowed(b Base, text string) (string, error) {
	signed, err := samltest.Sign([]byte(text), assertionID, samltest.Signing{Key: b.Stranger.Signer, Cert: b.Stranger.Certificate.Raw})
	return string(signed), err
}

// transforms are signatures over something else than their parent, or over nobody knows what.
func transforms() []Vector {
	const exc = `Algorithm="` + excC14N + `"`
	bad := badSignature
	return []Vector{
		bad("XSLT", "programs in messages", sso.SigTransform, swap(exc, `Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"`)),
		bad("XPath", "signs less than it seems", sso.SigTransform, swap("#enveloped-signature", "#xpath")),
		bad("text in the first transform", "nobody knows what it means", sso.SigTransform, swap(`#enveloped-signature"/>`, `#enveloped-signature">x</ds:Transform>`)),
		bad("element in the first transform", "nobody knows what it means", sso.SigTransform, swap(`#enveloped-signature"/>`, `#enveloped-signature"><ds:XPath>x</ds:XPath></ds:Transform>`)),
		bad("text in the second transform", "nobody knows what it means", sso.SigTransform, swap(`c14n#"/></ds:Transforms>`, `c14n#">x</ds:Transform></ds:Transforms>`)),
		bad("text between transforms", "nobody knows what it means", sso.SigStructure, before("</ds:Transforms>", "x")),
		bad("no transform", "signs the signature, too", sso.SigTransform, exchange("<ds:Transforms>", "</ds:Transforms>", "<ds:Transforms/>")),
		bad("text in SignedInfo", "nobody knows what it means", sso.SigStructure, before("</ds:SignedInfo>", "x")),
		bad("text in Signature", "nobody knows what it means", sso.SigStructure, before("</ds:Signature>", "x")),
		bad("content of the SignatureMethod", "HMACOutputLength", sso.SigWeakAlg, swap(`rsa-sha256"/>`, `rsa-sha256"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>`)),
		bad("content of the DigestMethod", "nobody knows what it means", sso.SigWeakAlg, swap(`xmlenc#sha256"/>`, `xmlenc#sha256"><ds:x/></ds:DigestMethod>`)),
		bad("text in the SignatureMethod", "nobody knows what it means", sso.SigWeakAlg, swap(`rsa-sha256"/>`, `rsa-sha256">x</ds:SignatureMethod>`)),
		bad("text in the DigestMethod", "nobody knows what it means", sso.SigWeakAlg, swap(`xmlenc#sha256"/>`, `xmlenc#sha256">x</ds:DigestMethod>`)),
		bad("value of 1,025 bytes", "longer than any key's", sso.SigMalformed, exchange("<ds:SignatureValue>", "</", "<ds:SignatureValue>"+strings.Repeat("QUJD", 342)+"</")),
		bad("reference without URI", "whatever the application means", sso.SigReference, exchange(` URI="#`, `"`, "")),
		bad("two PrefixLists", "which one counts?", sso.SigTransform, swap("<ds:CanonicalizationMethod "+exc+"/>", "<ds:CanonicalizationMethod "+exc+">"+
			strings.Repeat(`<x:InclusiveNamespaces xmlns:x="`+excC14N+`" PrefixList="xs"/>`, 2)+"</ds:CanonicalizationMethod>")),
		bad("PrefixList of no prefix", "nobody knows what it means", sso.SigTransform, swap("<ds:CanonicalizationMethod "+exc+"/>", "<ds:CanonicalizationMethod "+exc+
			`><x:InclusiveNamespaces xmlns:x="`+excC14N+`" PrefixList="1"/></ds:CanonicalizationMethod>`)),
		bad("PrefixList with content", "nobody knows what it means", sso.SigTransform, swap("<ds:CanonicalizationMethod "+exc+"/>", "<ds:CanonicalizationMethod "+exc+
			`><x:InclusiveNamespaces xmlns:x="`+excC14N+`" PrefixList="xs">x</x:InclusiveNamespaces></ds:CanonicalizationMethod>`)),
		bad("PrefixList with an element", "nobody knows what it means", sso.SigTransform, swap("<ds:CanonicalizationMethod "+exc+"/>", "<ds:CanonicalizationMethod "+exc+
			`><x:InclusiveNamespaces xmlns:x="`+excC14N+`" PrefixList="xs"><x:y/></x:InclusiveNamespaces></ds:CanonicalizationMethod>`)),
		bad("base64 transform", "signs something else", sso.SigTransform, swap("#enveloped-signature", "#base64")),
		bad("with comments", "no message has any", sso.SigTransform, swap(exc, `Algorithm="`+excC14N+`WithComments"`)),
		bad("third transform", "more than the profile allows", sso.SigTransform, before("</ds:Transforms>", `<ds:Transform `+exc+`/>`)),
		bad("10,000 prefixes", "each is looked up", sso.SigTransform, swap("<ds:CanonicalizationMethod "+exc+"/>",
			"<ds:CanonicalizationMethod "+exc+`><x:InclusiveNamespaces xmlns:x="`+excC14N+`" PrefixList="`+counted("p%d ", 10_000)+`"/></ds:CanonicalizationMethod>`)),
	}
}
