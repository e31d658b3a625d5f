package signedxml_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/testing/samltest"
)

const around = `<p:r xmlns:p="urn:p" xmlns="urn:d"><e xmlns="urn:e" xmlns:q="urn:q"><d xmlns:z="urn:z"/></e><f xmlns:g="urn:g"/></p:r>`

func TestParseWithinKnowsTheDeclarationsAround(t *testing.T) {
	d, err := signedxml.Parse([]byte(around), signedxml.DefaultLimits())
	require.NoError(t, err)
	e, _ := d.Root().Child("urn:e", "e")
	n, err := signedxml.ParseWithin(e, []byte(" <a><p:b/><q:c xmlns:q=\"urn:q\"/></a>\n"), signedxml.DefaultLimits())
	require.NoError(t, err)
	require.True(t, n.Is("urn:e", "a"))
	var names []string
	for c := range n.Descendants() {
		names = append(names, c.Space()+" "+c.Local())
	}
	require.Equal(t, []string{"urn:p b", "urn:q c"}, names)
	require.False(t, d.Root().Contains(n))
	for _, child := range []string{"z", "g"} {
		_, err = signedxml.ParseWithin(e, []byte("<"+child+":a/>"), signedxml.DefaultLimits())
		requireCode(t, signedxml.CodeNamespace, err)
	}
}

func TestParseWithinTakesOneElementAndNothingElse(t *testing.T) {
	d, err := signedxml.Parse([]byte(around), signedxml.DefaultLimits())
	require.NoError(t, err)
	for text, code := range map[string]string{
		"":                          signedxml.CodeNotSingleRoot,
		"text":                      signedxml.CodeNotSingleRoot,
		"<a/>text":                  signedxml.CodeNotSingleRoot,
		"<a/><b/>":                  signedxml.CodeNotSingleRoot,
		"\uFEFF<a/>":                signedxml.CodeNotSingleRoot,
		"<a/></r>":                  signedxml.CodeMalformed,
		"<a/></r><r>":               signedxml.CodeNotSingleRoot,
		"<a/></r><r xmlns='urn:x'>": signedxml.CodeNotSingleRoot,
		"</r><a/><r>":               signedxml.CodeNotSingleRoot,
		"<a>":                       signedxml.CodeMalformed,
		`<?xml version="1.0"?><a/>`: signedxml.CodePI,
		"<!-- --><a/>":              signedxml.CodeComment,
		"<!DOCTYPE a><a/>":          signedxml.CodeDoctype,
		"<a xmlns:p='urn:other'/>":  signedxml.CodeNamespace,
		strings.Repeat("<a>", 33):   signedxml.CodeLimits,
		"<a>" + strings.Repeat("x", 1<<19) + "</a>": signedxml.CodeLimits,
	} {
		_, err := signedxml.ParseWithin(d.Root(), []byte(text), signedxml.DefaultLimits())
		requireCode(t, code, err)
	}
	_, err = signedxml.ParseWithin(signedxml.Node{}, []byte("<a/>"), signedxml.DefaultLimits())
	requireCode(t, signedxml.CodeMalformed, err)
	deepest := strings.Repeat("<a>", 32) + strings.Repeat("</a>", 32)
	_, err = signedxml.ParseWithin(d.Root(), []byte(deepest), signedxml.DefaultLimits())
	require.NoError(t, err, "what a document may be, an element within another may be")
}

// TestParseWithinHasTheLimitsOfADocument: what is around does not count.
func TestParseWithinHasTheLimitsOfADocument(t *testing.T) {
	doc := "<a" + declared(16) + "><b" + strings.NewReplacer("xmlns:p", "xmlns:q").Replace(declared(10)) + "/></a>"
	d, err := signedxml.Parse([]byte(doc), signedxml.DefaultLimits())
	require.NoError(t, err)
	b, _ := d.Root().Child("", "b")
	for element, code := range map[string]string{
		"<a>" + strings.Repeat("x", 512<<10-7) + "</a>":        "",
		"<a>" + strings.Repeat("x", 512<<10-6) + "</a>":        signedxml.CodeLimits,
		"<a>" + strings.Repeat("<b/>", 16<<10-1) + "</a>":      "",
		"<a>" + strings.Repeat("<b/>", 16<<10) + "</a>":        signedxml.CodeLimits,
		strings.Repeat("<a>", 33) + strings.Repeat("</a>", 33): signedxml.CodeLimits,
	} {
		_, err := signedxml.ParseWithin(b, []byte(element), signedxml.DefaultLimits())
		if code == "" {
			require.NoError(t, err)
			continue
		}
		requireCode(t, code, err)
	}
	require.Equal(t, len(doc)-len("<a><b/></a>"), b.Declared())
}

// TestParseWithinKeepsCanonicalForms: an element that was signed where it stood verifies when it is put back there, whatever canonicalization and
// whichever declarations it left outside.
func TestParseWithinKeepsCanonicalForms(t *testing.T) {
	s := rsaSigner(t)
	const doc = `<p:r xmlns:p="urn:p" xmlns:q="urn:q" xmlns="urn:d"><p:a ID="_a"><q:b v="1"/><c/></p:a></p:r>`
	for _, signing := range []samltest.Signing{{}, {FormList: "q #default"}, {Form: signedxml.InclusiveC14N, Info: signedxml.InclusiveC14N}} {
		signing.Key = s.Signer
		signed := string(sign(t, doc, "_a", signing))
		from, to := strings.Index(signed, "<p:a "), strings.Index(signed, "</p:r>")
		outer, err := signedxml.Parse([]byte(signed[:from]+signed[to:]), signedxml.DefaultLimits())
		require.NoError(t, err)
		a, err := signedxml.ParseWithin(outer.Root(), []byte(signed[from:to]), signedxml.DefaultLimits())
		require.NoError(t, err)
		signature, ok, err := a.Signature()
		require.NoError(t, err)
		require.True(t, ok)
		_, err = signature.Verify(s.keys(), signedxml.Policy{})
		require.NoError(t, err)
	}
}
