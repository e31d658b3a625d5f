package signedxml_test

import (
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/testing/samltest"
)

// fuzzKey is the same key in every process: the fuzzer's workers must be able to verify what another process signed.
var fuzzKey = sync.OnceValue(func() *rsa.PrivateKey {
	seed := rand.NewChaCha8([32]byte{'f', 'u', 'z', 'z'})
	prime := func() *big.Int {
		for {
			b := make([]byte, 128)
			seed.Read(b)
			b[0] |= 0xC0
			b[127] |= 1
			if p := new(big.Int).SetBytes(b); p.ProbablyPrime(20) {
				return p
			}
		}
	}
	one := big.NewInt(1)
	for {
		p, q := prime(), prime()
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(big.NewInt(65537), phi)
		if d == nil {
			continue
		}
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, D: d, Primes: []*big.Int{p, q}}
		key.Precompute()
		return key
	}
})

// seeds are the documents fuzzing starts from, beside those in testdata/fuzz.
func seeds(f *testing.F) {
	f.Helper()
	s := newSigner(f, fuzzKey())
	for _, signing := range []samltest.Signing{
		{Cert: s.cert.Raw}, {}, {FormList: "xs"}, {Form: signedxml.InclusiveC14N, Info: signedxml.InclusiveC14N}, {Break: "&#13;\n", Prefix: "-"},
	} {
		signing.Key = s.Signer
		f.Add(sign(f, response, "_a", signing))
		f.Add(sign(f, string(sign(f, response, "_a", signing)), "_r", signing))
	}
	for seed := range uint64(40) {
		f.Add([]byte(generate(seed, seed%2 == 0)))
	}
	for _, doc := range bombs(signedxml.DefaultLimits().MaxBytes) {
		f.Add([]byte(doc[:min(len(doc), 300)] + doc[len(doc)-min(len(doc), 20):]))
	}
}

// FuzzParse asks nothing but that every document is answered, that the tables hold together, and that canonical form is
// a fixed point: it parses, and its canonical form is itself.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, limits := range []signedxml.Limits{signedxml.DefaultLimits(), signedxml.MetadataLimits()} {
			d, err := signedxml.Parse(doc, limits)
			if err != nil {
				var refusal *signedxml.Error
				require.ErrorAs(t, err, &refusal)
				require.Contains(t, refusal.Code, "xml.")
				continue
			}
			elements := walk(t, d.Root(), 0)
			require.LessOrEqual(t, elements, limits.MaxElements)
			require.LessOrEqual(t, 4*elements, len(doc), "an element needs four bytes")
			for _, alg := range []signedxml.Algorithm{signedxml.ExclusiveC14N, signedxml.InclusiveC14N, signedxml.C14N11} {
				fixedPoint(t, d.Root(), alg, limits)
			}
		}
	})
}

// walk visits everything and counts the elements.
func walk(t *testing.T, n signedxml.Node, depth int) (elements int) {
	t.Helper()
	require.Less(t, depth, 100)
	require.NotEmpty(t, n.Local())
	_, _, err := n.Signature()
	if err != nil {
		requireSigCode(t, err)
	}
	n.Attr("ID")
	n.ResolveQName(n.Text())
	elements = 1
	for c := range n.Children() {
		require.Equal(t, n, c.Parent())
		require.True(t, n.Contains(c))
		elements += walk(t, c, depth+1)
	}
	return elements
}

func requireSigCode(t *testing.T, err error) {
	t.Helper()
	var refusal *signedxml.Error
	require.ErrorAs(t, err, &refusal)
	require.Contains(t, refusal.Code, "sig.")
}

func fixedPoint(t *testing.T, n signedxml.Node, alg signedxml.Algorithm, limits signedxml.Limits) {
	t.Helper()
	first, err := n.AppendCanonical(nil, alg, nil, signedxml.Node{})
	if err != nil {
		requireSigCode(t, err)
		return
	}
	limits.MaxBytes = len(first)
	// Canonical form may declare on one element what was spread over its ancestors, and once more what they all use.
	limits.MaxElementNamespaces = limits.MaxNamespaces
	again, err := signedxml.Parse(first, limits)
	require.NoError(t, err, "%s", first)
	second, err := again.Root().AppendCanonical(nil, alg, nil, signedxml.Node{})
	require.NoError(t, err)
	require.Equal(t, string(first), string(second))
}

// FuzzDifferential: what we accept, goxmldsig accepts too, and sees the same bytes. What it gets wrong is excused by
// name, each with its reason, and nothing else is.
func FuzzDifferential(f *testing.F) {
	seeds(f)
	s := newSigner(f, fuzzKey())
	f.Fuzz(func(t *testing.T, doc []byte) {
		d, err := signedxml.Parse(doc, signedxml.DefaultLimits())
		if err != nil {
			return
		}
		other := etree.NewDocument()
		if err := other.ReadFromBytes(doc); err != nil || other.Root() == nil {
			require.NotEmpty(t, samltest.ParseFault(string(doc)), "etree: %v\n%s", err, doc)
			return
		}
		if samltest.CanonicalFault(string(doc), other.Root()) == "" {
			compareBytes(t, d, doc, other.Root())
		}
		for _, n := range append([]signedxml.Node{d.Root()}, slices.Collect(d.Root().Descendants())...) {
			sig, ok, err := n.Signature()
			if !ok || err != nil {
				continue
			}
			if _, err := sig.Verify(s.keys(), signedxml.Policy{}); err == nil {
				compareVerdict(t, doc, n, s.cert)
			}
		}
	})
}

func compareBytes(t *testing.T, d *signedxml.Document, doc []byte, root *etree.Element) {
	t.Helper()
	ours, err := d.Root().AppendCanonical(nil, signedxml.ExclusiveC14N, nil, signedxml.Node{})
	if err != nil {
		requireCode(t, signedxml.CodeSigC14N, err)
		return
	}
	theirs, err := dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("").Canonicalize(root)
	require.NoError(t, err, "%s", doc)
	require.Equal(t, string(theirs), string(ours), "%s", doc)
}

func compareVerdict(t *testing.T, doc []byte, n signedxml.Node, cert *x509.Certificate) {
	t.Helper()
	id, _ := n.Attr("ID")
	if err := goxmldsigVerify(doc, id, cert); err != nil {
		require.NotEmpty(t, excuseVerdict(doc), "goxmldsig: %v\n%s", err, doc)
	}
}

// excuseVerdict says why goxmldsig may refuse a good signature.
func excuseVerdict(doc []byte) string {
	if strings.Contains(string(doc), "KeyInfo") {
		return "compares the certificate in KeyInfo, which nobody signed"
	}
	return samltest.VerdictFault(string(doc))
}
