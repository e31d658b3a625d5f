package e2e

import (
	"encoding/base64"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/score"
	"github.com/idplug/idplug/testing/vectors"
)

// tampering is a way to make an encrypted assertion that does not open. Who can tell two of them apart that have the same length reads other people's
// assertions; that a longer one takes longer tells an attacker what they know.
type tampering struct {
	name   string
	length string // which of the messages it was made from
	make   func(*rand.Rand) (doc string, err error)
}

func tamperings(t *testing.T, base vectors.Base) []tampering {
	t.Helper()
	honest, err := vectors.Encrypted().XML(base)
	require.NoError(t, err)
	change := func(name string, value int, change func(*rand.Rand, []byte)) tampering { // value: which CipherValue
		return tampering{name, "an assertion", func(r *rand.Rand) (string, error) {
			return vectors.Recrypt(honest, value, func(v []byte) []byte { change(r, v); return v })
		}}
	}
	flip := func(r *rand.Rand, part []byte) { part[r.IntN(len(part))] ^= byte(1 + r.IntN(255)) }
	// An attacker who has two blocks of somebody's message puts what he likes around them, and changes the first to try paddings of the second.
	blocks := func(name string, padding ...byte) tampering {
		return tampering{name, "two blocks", func(r *rand.Rand) (string, error) {
			v := vectors.Blocks("abcdefghij", nil)
			if len(padding) > 0 {
				v = vectors.Blocks("abcdefghij", &padding[r.IntN(len(padding))])
			}
			return v.XML(base)
		}}
	}
	return []tampering{
		change("wrapped key", 0, func(r *rand.Rand, v []byte) { flip(r, v[1:]) }),
		// Not its last byte, which is the space behind the element's name: of a tab the signed form is the same, and such an answer is as good.
		change("first block", 1, func(r *rand.Rand, v []byte) { flip(r, v[:15]) }),
		change("a block inside", 1, func(r *rand.Rand, v []byte) { flip(r, v[16:len(v)-32]) }),
		change("padding", 1, func(r *rand.Rand, v []byte) { flip(r, v[len(v)-32:len(v)-16]) }),
		change("last block", 1, func(r *rand.Rand, v []byte) { flip(r, v[len(v)-16:]) }),
		change("noise", 1, func(r *rand.Rand, v []byte) {
			for i := range v {
				v[i] = byte(r.Uint32())
			}
		}),
		blocks("two blocks, padded"),
		blocks("two blocks, padding that is text", 'a', 'z', '~'),
		blocks("two blocks, padding that is junk", 0, 17, 200, 255),
	}
}

// TestDecryptionIsNoOracle posts ciphertexts changed at random, in random order: every answer is the same, and for the scoreboard also the time that
// it takes, as far as a test of Kolmogorov and Smirnov can see.
func TestDecryptionIsNoOracle(t *testing.T) {
	each, least := 10, ">= 90"
	if score.Full() {
		each, least = 1700, ">= 10000"
	} else {
		t.Parallel()
	}
	f := newForge(t)
	const entityID = "http://www.okta.com/exkoracle"
	f.trust(t, entityID)
	b := f.browser("attacker")
	base, state := f.ask(t, b, entityID)
	a := &attack{forge: f, base: base, state: state, cookies: b.cookies(t)}
	random := rand.New(rand.NewPCG(3, 4))
	kinds := tamperings(t, base)
	took := make([][]float64, len(kinds))
	order := make([]int, each*len(kinds))
	for i := range order {
		order[i] = i % len(kinds)
	}
	random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	answers := map[string]int{}
	for _, k := range order {
		changed, err := kinds[k].make(random)
		require.NoError(t, err)
		request, err := a.request(base64.StdEncoding.EncodeToString([]byte(changed)))
		require.NoError(t, err)
		start := time.Now()
		got, err := roundTrip(request)
		took[k] = append(took[k], float64(time.Since(start)))
		require.NoError(t, err)
		require.Equal(t, string(sso.EncFailed), got.code(), kinds[k].name)
		require.Equal(t, sso.TextOf(sso.EncFailed).Status, got.status, kinds[k].name)
		answers[requestIDs.ReplaceAllString(string(got.body), "…")]++
	}
	score.Report(t, "failed decryptions compared", float64(len(order)), least)
	score.Report(t, "different answers among them", float64(len(answers)-1), "= 0")
	require.Len(t, answers, 1)
	if score.Full() {
		score.Report(t, "KS test of their times, p", worst(t, kinds, took), "> 0.01")
	}
}

// worst is the smallest probability, of all pairs of one length, that two kinds of failure take equally long, times the number of pairs (Bonferroni).
func worst(t *testing.T, kinds []tampering, took [][]float64) float64 {
	t.Helper()
	least, pairs := 1.0, 0
	for i := range took {
		for j := range i {
			if kinds[i].length != kinds[j].length {
				continue
			}
			p := kolmogorovSmirnov(took[i], took[j])
			t.Logf("%s, %s: p = %.3f", kinds[i].name, kinds[j].name, p)
			least, pairs = min(least, p), pairs+1
		}
	}
	return min(1, least*float64(pairs))
}

// kolmogorovSmirnov is the probability that two samples come from one distribution: the asymptotic one, good for more than a few dozen values.
func kolmogorovSmirnov(x, y []float64) float64 {
	x, y = slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y))
	var distance float64
	for i, j := 0, 0; i < len(x) && j < len(y); {
		at := min(x[i], y[j])
		for i < len(x) && x[i] <= at {
			i++
		}
		for j < len(y) && y[j] <= at {
			j++
		}
		distance = max(distance, math.Abs(float64(i)/float64(len(x))-float64(j)/float64(len(y))))
	}
	n := math.Sqrt(float64(len(x)*len(y)) / float64(len(x)+len(y)))
	lambda, sum, sign := (n+0.12+0.11/n)*distance, 0.0, 1.0
	for k := 1.0; k <= 100; k++ {
		sum += sign * math.Exp(-2*k*k*lambda*lambda)
		sign = -sign
	}
	if lambda < 0.2 {
		return 1 // where the series does not converge
	}
	return max(0, min(1, 2*sum))
}

// TestKolmogorovSmirnovSeesDifferences: a test of times that sees nothing would prove nothing.
func TestKolmogorovSmirnovSeesDifferences(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	sample := func(shift float64) []float64 {
		out := make([]float64, 250)
		for i := range out {
			out[i] = random.NormFloat64() + shift
		}
		return out
	}
	one := sample(0)
	require.InDelta(t, 1, kolmogorovSmirnov(one, one), 1e-9)
	require.Greater(t, kolmogorovSmirnov(one, sample(0)), 0.01)
	require.Less(t, kolmogorovSmirnov(one, sample(0.5)), 1e-4)
}
