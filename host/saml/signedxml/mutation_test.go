package signedxml_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/testing/samltest"
)

var token = regexp.MustCompile(`<!\[CDATA\[.*?\]\]>|<[^>]*>|[^<]+`)

// mutator changes a document the way an attacker would: it knows tags, not meaning.
type mutator struct {
	*rand.Rand
	tokens []string
}

func (m *mutator) any() int { return m.IntN(len(m.tokens)) }

// subtree is the range of tokens from a start tag to its end tag, or of one token.
func (m *mutator) subtree(i int) (from, to int) {
	depth := 0
	for j := i; j < len(m.tokens); j++ {
		switch t := m.tokens[j]; {
		case strings.HasPrefix(t, "</"):
			depth--
		case strings.HasPrefix(t, "<") && !strings.HasPrefix(t, "<!") && !strings.HasPrefix(t, "<?") && !strings.HasSuffix(t, "/>"):
			depth++
		}
		if depth <= 0 {
			return i, j + 1
		}
	}
	return i, i + 1
}

func (m *mutator) mutate() {
	i, j := m.any(), m.any()
	from, to := m.subtree(i)
	part := slices.Clone(m.tokens[from:to])
	ids := func(s string) string { return strings.NewReplacer(`"_a"`, `"_z"`, `"_r"`, `"_y"`).Replace(s) }
	switch m.IntN(13) {
	case 0: // take away
		m.tokens = slices.Delete(m.tokens, from, to)
	case 1: // copy elsewhere
		m.tokens = slices.Insert(m.tokens, j, part...)
	case 2: // copy elsewhere under other IDs: signature wrapping
		for k := range part {
			part[k] = ids(part[k])
		}
		m.tokens = slices.Insert(m.tokens, j, part...)
	case 3: // move
		m.tokens = slices.Delete(m.tokens, from, to)
		m.tokens = slices.Insert(m.tokens, min(j, len(m.tokens)), part...)
	case 4: // wrap
		m.tokens = slices.Insert(m.tokens, to, "</w>")
		m.tokens = slices.Insert(m.tokens, from, "<w>")
	case 5:
		m.tokens = slices.Insert(m.tokens, j, pickString(m.Rand, "<!-- -->", "<?x?>", "<![CDATA[x]]>", "<![CDATA[]]>", "&#13;", "x", " ", "\r\n", "<x/>", "\u00E9"))
	case 6: // white space in a tag
		m.tokens[i] = strings.Replace(m.tokens[i], " ", pickString(m.Rand, "  ", "\n", "\r\n\t"), 1+m.IntN(2))
	case 7:
		m.tokens[i] = strings.ReplaceAll(m.tokens[i], `"`, "'")
	case 8: // another way to write a character
		m.tokens[i] = strings.Replace(m.tokens[i], "e", pickString(m.Rand, "&#101;", "&#x65;", "E", "<![CDATA[e]]>"), 1)
	case 9: // a declaration more
		m.tokens[i] = regexp.MustCompile(`^<([\w:]+)`).ReplaceAllString(m.tokens[i],
			`<$1 `+pickString(m.Rand, `xmlns=""`, `xmlns="urn:x"`, `xmlns:n="urn:x"`, `xmlns:xs="http://www.w3.org/2001/XMLSchema"`, `xml:lang="en"`, `ID="_q"`, `Id="_a"`, `a="b"`))
	case 10: // two namespaces or prefixes trade places
		m.tokens[i] = strings.NewReplacer("saml2:", "ds:", "ds:", "saml2:", "saml2p:", "saml2:").Replace(m.tokens[i])
	case 11: // an attribute less
		m.tokens[i] = regexp.MustCompile(` [\w:]+="[^"]*"`).ReplaceAllString(m.tokens[i], "")
	case 12: // a byte less
		if t := m.tokens[i]; len(t) > 1 {
			k := m.IntN(len(t))
			m.tokens[i] = t[:k] + t[k+1:]
		}
	}
}

func pickString(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }

// FuzzMutation mutates good messages. What still verifies must cover what was signed, to the byte of its canonical form;
// and goxmldsig must agree that it verifies.
func FuzzMutation(f *testing.F) {
	s := newSigner(f, fuzzKey())
	var docs []string
	signed := map[string]bool{} // canonical forms that really were signed
	for _, signing := range []samltest.Signing{
		{Cert: s.cert.Raw, FormList: "xs"}, {Prefix: "-"}, {Form: signedxml.InclusiveC14N, Info: signedxml.InclusiveC14N},
	} {
		signing.Key = s.Signer
		one := sign(f, response, "_a", signing)
		for _, doc := range [][]byte{one, sign(f, response, "_r", signing), sign(f, string(one), "_r", signing)} {
			docs = append(docs, string(doc))
			for _, covered := range accepted(f, doc, s) {
				signed[covered] = true
			}
		}
	}
	require.Len(f, signed, 9, "three assertions, three responses, three responses around a signed assertion")
	for seed := range uint64(3000) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 2))
		m := &mutator{r, token.FindAllString(docs[r.IntN(len(docs))], -1)}
		for range 1 + r.IntN(3) {
			m.mutate()
		}
		doc := strings.Join(m.tokens, "")
		for _, covered := range accepted(t, []byte(doc), s) {
			require.True(t, signed[covered], "seed %d accepts what was never signed:\n%s", seed, doc)
		}
	})
}

// accepted gives, for each signature that verifies, its canonicalization and what it covers. It asks goxmldsig as well.
func accepted(t testing.TB, doc []byte, s signer) (covered []string) {
	t.Helper()
	d, err := signedxml.Parse(doc, signedxml.DefaultLimits())
	if err != nil {
		return nil
	}
	for _, n := range append([]signedxml.Node{d.Root()}, slices.Collect(d.Root().Descendants())...) {
		sig, ok, err := n.Signature()
		if !ok || err != nil {
			continue
		}
		if _, err := sig.Verify(s.keys(), signedxml.Policy{}); err != nil {
			continue
		}
		alg, list := formOf(sig)
		out, err := n.AppendCanonical([]byte(fmt.Sprint(alg, list, "\n")), alg, list, sig.Node())
		require.NoError(t, err)
		covered = append(covered, string(out))

		if etree.NewDocument().ReadFromBytes(doc) != nil {
			require.NotEmpty(t, samltest.ParseFault(string(doc)), "etree refuses\n%s", doc)
			continue
		}
		id, _ := n.Attr("ID")
		if err := goxmldsigVerify(doc, id, s.cert); err != nil {
			require.NotEmpty(t, excuseVerdict(doc), "goxmldsig: %v\n%s", err, doc)
		}
	}
	return covered
}

// formOf reads the second transform once more, so that the test does not take the package's word for it.
func formOf(sig signedxml.Signature) (signedxml.Algorithm, []string) {
	n := sig.Node()
	for _, name := range []string{"SignedInfo", "Reference", "Transforms"} {
		n, _ = n.Child(dsURI, name)
	}
	var last signedxml.Node
	for last = range n.Children() {
	}
	alg, _ := last.Attr("Algorithm")
	inclusive, _ := last.Child(string(signedxml.ExclusiveC14N), "InclusiveNamespaces")
	list, _ := inclusive.Attr("PrefixList")
	return signedxml.Algorithm(alg), strings.Fields(list)
}
