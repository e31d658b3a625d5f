package signedxml_test

import (
	"bytes"
	"strings"
	"testing"

	dsig "github.com/russellhaering/goxmldsig"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/testing/need"
	"github.com/idplug/idplug/testing/samltest"
)

func canonical(t testing.TB, n signedxml.Node, alg signedxml.Algorithm, prefixes ...string) string {
	t.Helper()
	out, err := n.AppendCanonical([]byte("before "), alg, prefixes, signedxml.Node{})
	require.NoError(t, err)
	return strings.TrimPrefix(string(out), "before ")
}

// TestCanonicalForms holds the rules one by one, each with the smallest document that shows it. The expected text is
// that of the specifications; TestXMLSecAgrees checks the same rules in combination.
func TestCanonicalForms(t *testing.T) {
	const exc, inc, c11 = signedxml.ExclusiveC14N, signedxml.InclusiveC14N, signedxml.C14N11
	for name, c := range map[string]struct {
		alg      signedxml.Algorithm
		prefixes string
		doc      string // the element with ID="x" is taken
		want     string
	}{
		"empty element":              {exc, "", `<a ID="x"/>`, `<a ID="x"></a>`},
		"white space in tags":        {exc, "", "<a  ID = 'x'\n></a\n>", `<a ID="x"></a>`},
		"attributes by namespace":    {exc, "", `<a xmlns:p="urn:z" xmlns:q="urn:y" p:a="1" q:b="2" ID="x" B="3" xml:lang="en"/>`, `<a xmlns:p="urn:z" xmlns:q="urn:y" B="3" ID="x" xml:lang="en" q:b="2" p:a="1"></a>`},
		"text escapes":               {exc, "", "<a ID='x'>&amp;&lt;&gt;&quot;'\"&#13;&#9;</a>", "<a ID=\"x\">&amp;&lt;&gt;\"'\"&#xD;\t</a>"},
		"attribute escapes":          {exc, "", `<a ID="x" b='&amp;&lt;&gt;"&#9;&#10;&#13;'/>`, `<a ID="x" b="&amp;&lt;>&quot;&#x9;&#xA;&#xD;"></a>`},
		"attribute white space":      {exc, "", "<a ID='x' b=' 1\t2\n3\r\n4\r5 '/>", `<a ID="x" b=" 1 2 3 4 5 "></a>`},
		"line ends":                  {exc, "", "<a ID='x'>1\r\n2\r3\n</a>", "<a ID=\"x\">1\n2\n3\n</a>"},
		"CDATA":                      {exc, "", "<a ID='x'>1<![CDATA[<2>&\r\n]]>3</a>", "<a ID=\"x\">1&lt;2&gt;&amp;\n3</a>"},
		"exclusive drops the unused": {exc, "", `<r xmlns:p="urn:p" xmlns="urn:d"><p:a ID="x" xmlns:q="urn:q"/></r>`, `<p:a xmlns:p="urn:p" ID="x"></p:a>`},
		"exclusive repeats by need":  {exc, "", `<a ID="x" xmlns:p="urn:p"><p:b><p:c/></p:b><p:b/></a>`, `<a ID="x"><p:b xmlns:p="urn:p"><p:c></p:c></p:b><p:b xmlns:p="urn:p"></p:b></a>`},
		"inclusive keeps all":        {inc, "", `<r xmlns:p="urn:p" xmlns="urn:d"><a ID="x" xmlns:q="urn:q"><b xmlns:q="urn:q"/></a></r>`, `<a xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q" ID="x"><b></b></a>`},
		"prefix list from outside":   {exc, "p", `<r xmlns:p="urn:p"><a ID="x"><b xmlns:p="urn:p"/></a></r>`, `<a xmlns:p="urn:p" ID="x"><b></b></a>`},
		"prefix list inside":         {exc, "p", `<a ID="x"><b xmlns:p="urn:p"><c xmlns:p="urn:p"/></b></a>`, `<a ID="x"><b xmlns:p="urn:p"><c></c></b></a>`},
		"prefix list with #default":  {exc, "#default", `<r xmlns="urn:d" xmlns:p="urn:p"><p:a ID="x"><p:b xmlns=""><c/></p:b></p:a></r>`, `<p:a xmlns="urn:d" xmlns:p="urn:p" ID="x"><p:b xmlns=""><c></c></p:b></p:a>`},
		"prefix list of the unknown": {exc, "nobody xml", `<a ID="x"/>`, `<a ID="x"></a>`},
		"default taken back":         {exc, "", `<a xmlns="urn:d" ID="x"><b xmlns=""><c/></b></a>`, `<a xmlns="urn:d" ID="x"><b xmlns=""><c></c></b></a>`},
		"nothing to take back":       {exc, "", `<r xmlns="urn:d"><a xmlns="" ID="x"/></r>`, `<a ID="x"></a>`},
		"nothing to take back, inc":  {inc, "", `<r xmlns="urn:d"><a xmlns="" ID="x"><b xmlns="urn:d"/></a></r>`, `<a ID="x"><b xmlns="urn:d"></b></a>`},
		"taken back where used":      {exc, "", `<a xmlns="urn:d" ID="x"><p:b xmlns:p="urn:p" xmlns=""><c/></p:b></a>`, `<a xmlns="urn:d" ID="x"><p:b xmlns:p="urn:p"><c xmlns=""></c></p:b></a>`},
		"xml: attributes inherited":  {inc, "", `<r xml:lang="de" xml:space="default" xml:base="urn:b" xml:id="i"><s xml:lang="en"><a ID="x"/></s></r>`, `<a ID="x" xml:base="urn:b" xml:id="i" xml:lang="en" xml:space="default"></a>`},
		"xml: attributes overridden": {inc, "", `<r xml:lang="de"><a ID="x" xml:lang="fr"/></r>`, `<a ID="x" xml:lang="fr"></a>`},
		"xml: not in exclusive":      {exc, "", `<r xml:lang="de"><a ID="x"/></r>`, `<a ID="x"></a>`},
		"xml: in 1.1":                {c11, "", `<r xml:lang="de" xml:id="i"><a ID="x"/></r>`, `<a ID="x" xml:lang="de"></a>`},
		"xmlns:xml is not shown":     {inc, "", `<a xmlns:xml="http://www.w3.org/XML/1998/namespace" ID="x"/>`, `<a ID="x"></a>`},
	} {
		t.Run(name, func(t *testing.T) {
			n := find(t, []byte(c.doc), "x")
			require.Equal(t, c.want, canonical(t, n, c.alg, strings.Fields(c.prefixes)...))
		})
	}
}

func TestCanonicalWithoutTheExcluded(t *testing.T) {
	d, err := signedxml.Parse([]byte(`<a><b/> <c><d/></c> </a>`), signedxml.DefaultLimits())
	require.NoError(t, err)
	c, _ := d.Root().Child("", "c")
	out, err := d.Root().AppendCanonical(nil, signedxml.ExclusiveC14N, nil, c)
	require.NoError(t, err)
	require.Equal(t, `<a><b></b>  </a>`, string(out))
}

// TestCanonicalFormsAreAppended: what is there stays, and does not count as growth.
func TestCanonicalFormsAreAppended(t *testing.T) {
	d, err := signedxml.Parse([]byte(`<a><b/></a>`), signedxml.DefaultLimits())
	require.NoError(t, err)
	before := bytes.Repeat([]byte("x"), 1<<20)
	out, err := d.Root().AppendCanonical(before, signedxml.ExclusiveC14N, nil, signedxml.Node{})
	require.NoError(t, err)
	require.Equal(t, string(before)+`<a><b></b></a>`, string(out))
}

func TestCanonicalRefusals(t *testing.T) {
	base := find(t, []byte(`<r xml:base="urn:b"><a ID="x" xml:base="c"/></r>`), "x")
	_, err := base.AppendCanonical(nil, signedxml.C14N11, nil, signedxml.Node{})
	requireCode(t, signedxml.CodeSigC14N, err)
	_, err = base.AppendCanonical(nil, signedxml.InclusiveC14N, nil, signedxml.Node{})
	require.NoError(t, err)
	_, err = base.AppendCanonical(nil, signedxml.ExclusiveC14N+"WithComments", nil, signedxml.Node{})
	requireCode(t, signedxml.CodeSigC14N, err)
	_, err = signedxml.Node{}.AppendCanonical(nil, signedxml.ExclusiveC14N, nil, signedxml.Node{})
	requireCode(t, signedxml.CodeSigC14N, err)
}

// TestXMLSecAgrees signs generated documents in every form with our canonical bytes; xmlsec1 accepts a signature only if
// its own bytes have the same digest, for the element and for SignedInfo.
func TestXMLSecAgrees(t *testing.T) {
	need.XMLSec(t)
	s := rsaSigner(t)
	lists := []string{"", "a", "b zz", "#default", "#default A-1.x b"}
	for seed := range uint64(120) {
		doc := generate(seed, false)
		signing := samltest.Signing{Key: s.Signer}
		switch seed % 4 {
		case 0, 1:
			signing.FormList, signing.InfoList = lists[seed%5], lists[seed/5%5]
		case 2:
			signing.Form, signing.Info = signedxml.InclusiveC14N, signedxml.InclusiveC14N
		case 3:
			signing.Form, signing.Info = signedxml.C14N11, signedxml.C14N11
		}
		signing.Prefix = []string{"ds", "-"}[seed/4%2]
		signed := sign(t, doc, "x", signing)
		require.NoError(t, verify(t, signed, "x", s, signedxml.Policy{}), "seed %d", seed)
		if out, err := xmlsecVerify(t, signed, s); err != nil {
			form := signing.Form
			if form == "" {
				form = signedxml.ExclusiveC14N
			}
			ours := canonical(t, find(t, []byte(doc), "x"), form, strings.Fields(signing.FormList)...)
			t.Fatalf("seed %d\n%s\n--- ours\n%s\n--- xmlsec1\n%s", seed, signed, ours, out)
		}
	}
}

// TestGoxmldsigAgrees compares bytes with goxmldsig on the documents it canonicalizes correctly.
func TestGoxmldsigAgrees(t *testing.T) {
	for seed := range uint64(2000) {
		doc := []byte(generate(seed, true))
		e := etreeElement(doc, "x")
		require.NotNil(t, e, "%s", doc)
		e, err := detached(e)
		require.NoError(t, err)
		want, err := dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("").Canonicalize(e)
		require.NoError(t, err)
		require.Equal(t, string(want), canonical(t, find(t, doc, "x"), signedxml.ExclusiveC14N), "seed %d: %s", seed, doc)
	}
}
