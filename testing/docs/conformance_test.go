package docs_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/score"
	"github.com/idplug/idplug/testing/vectors"
)

// TestEveryDemandOfSAMLHasItsProof: each row of the page names tests and vectors that there are, or gives the reason why there is none to name.
func TestEveryDemandOfSAMLHasItsProof(t *testing.T) {
	const page, demands = "docs/reference/saml-conformance.md", 94 // as many rows as there are: one that goes is noticed
	text, there := pages(t)[page], proofs(t)
	for _, part := range []string{"Core 2", "Core 3", "Core 5", "Bindings 3.4", "Bindings 3.5", "Profiles 4.1", "Profiles 4.4", "Metadata 2"} {
		require.Contains(t, text, "\n| "+part, "nothing of it")
	}
	rows, unproven := proven(t, text, 4, there)
	score.Report(t, "demands of SAML with their test", float64(rows-unproven), fmt.Sprint("= ", demands))
	score.Report(t, "demands of SAML without a test", float64(unproven), "= 0")
	require.Equal(t, demands, rows)
}

// TestEveryClaimOfTheThreatModelHasItsProof: whoever reads what an attacker cannot do can look up the test.
func TestEveryClaimOfTheThreatModelHasItsProof(t *testing.T) {
	const page, claims = "docs/explanation/threat-model.md", 45
	text, there := pages(t)[page], proofs(t)
	rows, _ := proven(t, text, 3, there)
	require.GreaterOrEqual(t, rows, claims)
	for _, m := range testNamed.FindAllStringSubmatch(text, -1) {
		require.True(t, there[m[1]], "there is no %s", m[1])
	}
}

// proofs are the names of all tests and vectors.
func proofs(t *testing.T) map[string]bool {
	t.Helper()
	there := testNames(t)
	for _, v := range vectors.All() {
		there[v.Name] = true
	}
	for _, v := range vectors.Logouts() {
		there[v.Name] = true
	}
	return there
}

var proof = regexp.MustCompile("`([^`]+)`")

// proven counts the rows of a page's tables that have so many columns, the last of which is named proof and must name what is there, and nothing
// else; unproven are those that do not.
func proven(t *testing.T, page string, columns int, there map[string]bool) (rows, unproven int) {
	t.Helper()
	counts := false
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != columns+2 {
			counts = false
			continue
		}
		last := strings.TrimSpace(cells[columns])
		if last == "proof" || !counts || strings.HasPrefix(last, "---") {
			counts = counts || last == "proof"
			continue
		}
		rows++
		named := proof.FindAllStringSubmatch(last, -1)
		wrong := len(named) == 0
		for _, m := range named {
			if !there[m[1]] {
				wrong = true
				t.Errorf("there is no %q", m[1])
			}
		}
		if wrong {
			unproven++
			t.Errorf("not proven: %s", line)
		}
	}
	return rows, unproven
}
