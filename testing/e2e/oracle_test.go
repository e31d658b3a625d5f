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

// tampering is a way to make an encrypted assertion that does not open. Who can tell two of them apart reads other people's assertions.
type tampering struct {
	name   string
	value  int // which CipherValue
	change func(*rand.Rand, []byte) []byte
}

func tamperings() []tampering {
	flip := func(from, to func(size int) int) func(*rand.Rand, []byte) []byte {
		return func(r *rand.Rand, v []byte) []byte {
			v[from(len(v))+r.IntN(to(len(v))-from(len(v)))] ^= byte(1 + r.IntN(255))
			return v
		}
	}
	at := func(n int) func(int) int { return func(int) int { return n } }
	last := func(n int) func(int) int { return func(size int) int { return size - n } }
	return []tampering{
		{"wrapped key", 0, flip(at(1), last(0))},
		// Not its last byte, which is the space behind the element's name: of a tab the signed form is the same, and such an answer is as good.
		{"first block", 1, flip(at(0), at(15))},
		{"a block inside", 1, flip(at(16), last(32))},
		{"padding", 1, flip(last(32), last(16))},
		{"last block", 1, flip(last(16), last(0))},
		{"noise", 1, func(r *rand.Rand, v []byte) []byte {
			for i := range v {
				v[i] = byte(r.Uint32())
			}
			return v
		}},
	}
}

// TestDecryptionIsNoOracle posts ciphertexts changed at random, in random order: every answer is the same, and for the scoreboard also the time that
// it takes, as far as a test of Kolmogorov and Smirnov can see.
func TestDecryptionIsNoOracle(t *testing.T) {
	each, least := 10, ">= 60"
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
	doc, err := vectors.Encrypted().XML(base)
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(3, 4))
	kinds := tamperings()
	took := make([][]float64, len(kinds))
	order := make([]int, each*len(kinds))
	for i := range order {
		order[i] = i % len(kinds)
	}
	random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	answers := map[string]int{}
	for _, k := range order {
		changed, err := vectors.Recrypt(doc, kinds[k].value, func(v []byte) []byte { return kinds[k].change(random, v) })
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

// worst is the smallest probability, of all pairs, that two kinds of failure take equally long, times the number of pairs (Bonferroni).
func worst(t *testing.T, kinds []tampering, took [][]float64) float64 {
	t.Helper()
	least, pairs := 1.0, 0
	for i := range took {
		for j := range i {
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
