package signedxml_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/testing/samltest"
)

// bombs are documents that somebody may send to make us work. Each fits into size bytes.
func bombs(size int) map[string]string {
	fill := func(before, piece, after string) string {
		return before + strings.Repeat(piece, (size-len(before)-len(after))/len(piece)) + after
	}
	uri := "urn:" + strings.Repeat("u", 252)
	var attrs, distinct strings.Builder
	for i := range 15 {
		fmt.Fprintf(&attrs, ` p%d:a=""`, i)
		fmt.Fprintf(&distinct, ` xmlns:p%d="%s%d"`, i, uri[:250], i)
	}
	return map[string]string{
		"comments in SignedInfo":      fill(`<a xmlns:ds="`+dsURI+`"><ds:Signature><ds:SignedInfo>`, "<!---->", "</ds:SignedInfo></ds:Signature></a>"),
		"elements":                    fill("<r>", "<b/>", "</r>"),
		"depth":                       fill("", "<b>", ""),
		"declarations on one element": fill("<r", ` xmlns:p="urn:p"`, "/>"),
		"attributes on one element":   fill("<r", ` a=""`, "/>"),
		"elements of declarations":    fill("<r>", `<b xmlns:p="urn:p" xmlns:q="urn:q"/>`, "</r>"),
		"elements of many attributes": fill("<r>", `<b a="" b="" c="" d="" e="" f="" g="" h="" i="" j="" k="" l="" m="" n="" o="" p=""/>`, "</r>"),
		"CDATA":                       fill("<r>", "<![CDATA[]]>", "</r>"),
		"references":                  fill("<r>", "&lt;", "</r>"),
		"references in a value":       fill(`<r a="`, "&#65;", `"/>`),
		"leading zeros":               fill("<r>&#", "0", "65;</r>"),
		"colons":                      fill("<r", ":", "/>"),
		"one name":                    fill("<", "r", "/>"),
		"IDs":                         fill("<r>", `<b ID="_1"/>`, "</r>"),
		"text":                        fill("<r>", "]]&gt;>\r\n", "</r>"),
		"nothing but <":               fill("", "<", ""),
		"growth by used prefixes":     fill("<r"+distinct.String()+">", "<b"+attrs.String()+"/>", "</r>"),
		"growth by prefixes":          fill(`<r xmlns:p="`+uri+`">`, "<p:b/>", "</r>"),
	}
}

// TestBombsCostLittle holds the ceiling of the CPU an anonymous document may cost: parsing and two canonical forms of it.
// The target is 25 ms; the limit is ten times that, so that only another order of growth breaks it. CPU is counted, not
// time, and the best of three rounds, because other tests use the machine as well.
func TestBombsCostLittle(t *testing.T) {
	requireCheap(t, signedxml.DefaultLimits(), slowdown*250*time.Millisecond)
}

// TestBombsInMetadataCostLittle: metadata is four times as large, comments in it are skipped, and an administrator of one tenant chooses it.
func TestBombsInMetadataCostLittle(t *testing.T) {
	requireCheap(t, signedxml.MetadataLimits(), 4*slowdown*250*time.Millisecond)
	comments := bombs(signedxml.MetadataLimits().MaxBytes)["comments in SignedInfo"]
	_, err := signedxml.Parse([]byte(comments), signedxml.MetadataLimits())
	require.NoError(t, err, "they are read, not refused at once, and still cost little")
}

// requireCheap holds each bomb of the largest size that limits let in to the ceiling.
func requireCheap(t *testing.T, limits signedxml.Limits, ceiling time.Duration) {
	t.Helper()
	for name, doc := range bombs(limits.MaxBytes) {
		t.Run(name, func(t *testing.T) {
			best := time.Hour
			for round := 0; round < 3 && best >= ceiling; round++ {
				before := cpu(t)
				explode(t, doc, limits)
				best = min(best, cpu(t)-before)
			}
			require.Less(t, best, ceiling)
		})
	}
}

func explode(t *testing.T, doc string, limits signedxml.Limits) {
	t.Helper()
	d, err := signedxml.Parse([]byte(doc), limits)
	if err != nil {
		return
	}
	for _, alg := range []signedxml.Algorithm{signedxml.ExclusiveC14N, signedxml.InclusiveC14N} {
		out, err := d.Root().AppendCanonical(nil, alg, nil, signedxml.Node{})
		if err != nil {
			requireCode(t, signedxml.CodeSigC14N, err)
		}
		require.LessOrEqual(t, len(out), 10*len(doc))
	}
}

// cpu is what this process has used so far.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// TestGrowthIsRefused: a few hundred kilobytes must not become gigabytes to hash.
func TestGrowthIsRefused(t *testing.T) {
	uri := "urn:" + strings.Repeat("u", 200)
	small := `<p:r xmlns:p="urn:p" xmlns:q="` + uri + `" ID="x">` + strings.Repeat("<q:b/>", 200) + `</p:r>`
	s := rsaSigner(t)
	require.NoError(t, verify(t, sign(t, small, "x", samltest.Signing{Key: s.Signer}), "x", s, signedxml.Policy{}))
	large := `<r xmlns:q="` + uri + `" ID="x">` + strings.Repeat("<q:b/>", 10_000) + `</r>`
	_, err := find(t, []byte(large), "x").AppendCanonical(nil, signedxml.ExclusiveC14N, nil, signedxml.Node{})
	requireCode(t, signedxml.CodeSigC14N, err)
}
