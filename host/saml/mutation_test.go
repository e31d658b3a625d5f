package saml_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/vectors"
)

// TestFlips changes one bit at a time of a signed response. What is still accepted says what it said before.
func TestFlips(t *testing.T) {
	b, s := base(t), service()
	for _, name := range []string{"signed assertion", "signed response", "both signed"} {
		m := message(t, b, name)
		want, _, err := verify(s, target(b.Key), m)
		require.NoError(t, err)
		doc, err := base64.StdEncoding.DecodeString(m)
		require.NoError(t, err)
		for i := range doc {
			doc[i] ^= 1 << (i % 7)
			got, _, err := verify(s, target(b.Key), base64.StdEncoding.EncodeToString(doc))
			doc[i] ^= 1 << (i % 7)
			if err == nil {
				require.Equal(t, want, got, "%s: byte %d", name, i)
			} else {
				require.Contains(t, sso.Codes(), sso.CodeOf(err), "%s: byte %d: %v", name, i, err)
			}
		}
	}
}

// pieces are tags, attributes and texts of a document.
var pieces = regexp.MustCompile(`<[^>]+>|[^<>]+| [A-Za-z:]+="[^"]*"`)

// TestMutations moves, doubles, drops and renames parts of a response, and has the provider sign the result. Where we accept it crewjam/saml does, and
// reads the same, unless a known fault is in its way.
func TestMutations(t *testing.T) {
	patient(t)
	b, s, random := base(t), service(), rand.New(rand.NewPCG(1, 2))
	var seeds []string
	for _, v := range vectors.All() {
		if doc, err := v.Bare(b); err == nil && v.Code == "" && len(doc) < 16<<10 {
			seeds = append(seeds, doc)
		}
	}
	accepted := 0
	for i := range 1_500 {
		doc := mutated(random, seeds[random.IntN(len(seeds))])
		signed, err := vectors.Sign(b, doc)
		if err != nil {
			continue
		}
		a, _, err := verify(s, target(b.Key), base64.StdEncoding.EncodeToString([]byte(signed)))
		if err != nil {
			require.Contains(t, sso.Codes(), sso.CodeOf(err), "%d: %v", i, err)
			continue
		}
		other, err := ask(oracle(t, target(b.Key), clock), signed)
		if err != nil {
			require.NotEmpty(t, fault(signed, err), "%d: %v\n%s", i, err, doc)
			continue
		}
		agree(t, signed, other, a)
		accepted++
	}
	require.Greater(t, accepted, 50, "too few to learn from")
}

// mutated makes one or two changes.
func mutated(random *rand.Rand, doc string) string {
	for range 1 + random.IntN(2) {
		at := pieces.FindAllStringIndex(doc, -1)
		one, two := at[random.IntN(len(at))], at[random.IntN(len(at))]
		piece, other := doc[one[0]:one[1]], doc[two[0]:two[1]]
		put := []string{
			"", piece + piece, other, piece + other, strings.ToUpper(piece), strings.Replace(piece, "saml:", "", 1), strings.Replace(piece, " ", "\n", 1),
			"<![CDATA[" + piece + "]]>", piece + "<saml:NameID>x</saml:NameID>", piece + `<x:NameID xmlns:x="urn:x">x</x:NameID>`, piece + " ",
			strings.Replace(piece, ">", ` xmlns="urn:x">`, 1), strings.Replace(piece, ">", fmt.Sprintf(` a%d="&#10;&lt;">`, random.IntN(9)), 1), "&#x61;" + piece,
			strings.Replace(piece, `="`, "=\"\n", 1), strings.Replace(piece, `">`, `&#13;">`, 1), strings.Replace(piece, ">", ` xml:lang="en">`, 1),
			strings.Replace(piece, ">", ` xmlns="">`, 1), "<?p i?>" + piece, "<!--" + strings.ReplaceAll(piece, "-", "") + "-->" + piece,
		}
		doc = doc[:one[0]] + put[random.IntN(len(put))] + doc[one[1]:]
	}
	return doc
}
