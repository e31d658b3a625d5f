package signedxml_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/saml/signedxml"
)

func TestNodesTellWhatIsThere(t *testing.T) {
	d, err := signedxml.Parse([]byte(`<p:r xmlns:p="urn:p" xmlns="urn:d" a="1" p:a="2"> t<![CDATA[<>]]><c x="&#9;y"><e/></c>&amp;<p:c/><c/></p:r>`), signedxml.DefaultLimits())
	require.NoError(t, err)
	r := d.Root()
	require.True(t, r.Valid())
	require.True(t, r.Is("urn:p", "r"))
	require.False(t, r.Is("urn:d", "r"))
	require.Equal(t, " t<>&", r.Text())
	require.True(t, r.HasElements())
	require.Equal(t, signedxml.Node{}, r.Parent())

	a, ok := r.Attr("a")
	require.True(t, ok)
	require.Equal(t, "1", a)
	a, ok = r.AttrNS("urn:p", "a")
	require.True(t, ok)
	require.Equal(t, "2", a)
	_, ok = r.Attr("xmlns")
	require.False(t, ok, "a declaration is no attribute")

	children := slices.Collect(r.Children())
	require.Len(t, children, 3)
	require.Len(t, slices.Collect(r.Descendants()), 4)
	require.Len(t, slices.Collect(r.Named("urn:d", "c")), 2)
	first, count := r.Child("urn:d", "c")
	require.Equal(t, 2, count)
	require.Equal(t, children[0], first)
	require.Equal(t, r, first.Parent())
	x, _ := first.Attr("x")
	require.Equal(t, "\ty", x)
	require.True(t, r.Contains(first))
	require.True(t, first.Contains(first))
	require.False(t, first.Contains(r))
	require.False(t, first.Contains(children[1]))
	require.False(t, children[1].Contains(children[2]), "they touch")
	require.False(t, children[1].HasElements())
	_, count = r.Child("", "c")
	require.Zero(t, count)
}

func TestZeroNodeIsEmpty(t *testing.T) {
	var n signedxml.Node
	require.False(t, n.Valid())
	require.Empty(t, n.Local()+n.Space()+n.Text())
	require.False(t, n.Is("", ""))
	require.False(t, n.HasElements())
	require.False(t, n.Contains(n))
	require.Equal(t, n, n.Parent())
	require.Empty(t, slices.Collect(n.Children()))
	require.Empty(t, slices.Collect(n.Descendants()))
	_, ok := n.Attr("a")
	require.False(t, ok)
	_, _, ok = n.ResolveQName("a")
	require.False(t, ok)
	_, ok, err := n.Signature()
	require.False(t, ok)
	require.NoError(t, err)
	_, err = signedxml.Signature{}.Verify(nil, signedxml.Policy{})
	requireCode(t, signedxml.CodeSigMissing, err)
}

func TestResolveQName(t *testing.T) {
	d, err := signedxml.Parse([]byte(`<r xmlns:p="urn:p" xmlns="urn:d"><s xmlns="" xmlns:q="urn:q"/></r>`), signedxml.DefaultLimits())
	require.NoError(t, err)
	s, _ := d.Root().Child("", "s")
	for qname, want := range map[string][2]string{
		"p:x": {"urn:p", "x"}, "q:x": {"urn:q", "x"}, " p:x\n": {"urn:p", "x"}, "x": {"", "x"}, "xml:x": {"http://www.w3.org/XML/1998/namespace", "x"},
	} {
		space, local, ok := s.ResolveQName(qname)
		require.True(t, ok, qname)
		require.Equal(t, want, [2]string{space, local}, qname)
	}
	for _, qname := range []string{"z:x", "", ":", "p:", ":x", "p:x:y", "p: x", "1x", "xmlns:x"} {
		_, _, ok := s.ResolveQName(qname)
		require.False(t, ok, qname)
	}
	space, _, ok := d.Root().ResolveQName("x")
	require.True(t, ok)
	require.Equal(t, "urn:d", space)
	_, _, ok = d.Root().ResolveQName("q:x")
	require.False(t, ok, "declared below, not here")
}
