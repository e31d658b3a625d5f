package saml_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml"
	"github.com/idplug/idplug/testing/score"
	"github.com/idplug/idplug/testing/vectors"
)

// costly is ten times the target for what anybody may make us spend, 250 ms on an idle machine without the race detector: only another order of
// growth breaks it.
const costly = 2500 * time.Millisecond

// TestVectors holds every refusal to its code and to a bound of time, and to its twin: the same message without the one change is accepted.
func TestVectors(t *testing.T) {
	t.Parallel()
	b, s := base(t), service()
	seen, twins := map[string]bool{}, map[string]bool{}
	refused := 0
	for _, v := range vectors.All() {
		require.False(t, seen[v.Name], "two vectors are called %s", v.Name)
		seen[v.Name] = true
		if v.Code != "" {
			refused++
		}
		if !twins[v.Kind()] {
			twins[v.Kind()] = true
			t.Run("twin of "+v.Name, func(t *testing.T) {
				twin, err := v.Twin(b)
				require.NoError(t, err)
				_, steps, err := verify(s, target(b.Key), twin)
				require.NoError(t, err, "%v", steps)
			})
		}
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			holds(t, b, s, v)
		})
	}
	require.GreaterOrEqual(t, refused, 1_000)
}

// holds verifies one vector.
func holds(t *testing.T, b vectors.Base, s *saml.Service, v vectors.Vector) {
	t.Helper()
	message, err := v.Message(b)
	require.NoError(t, err)
	start := time.Now()
	a, steps, err := verify(s, target(b.Key), message)
	took := time.Since(start)
	require.Equal(t, v.Code, sso.CodeOf(err), "%s: %v", v.Why, err)
	if v.Code == "" {
		require.Equal(t, vectors.Ada, a.NameID.Value)
		require.Equal(t, provider, a.IDPEntityID)
		return
	}
	require.Zero(t, a)
	require.Equal(t, v.Code, steps[len(steps)-1].Code)
	require.Contains(t, sso.Codes(), v.Code)
	require.Less(t, took, costly)
	for _, step := range steps {
		require.NotContains(t, step.Got+step.Expected, vectors.Ada, "a NameID in the trace")
	}
}

// TestVectorsCoverEveryCode: a code without a vector is a check that nobody sees fail.
func TestVectorsCoverEveryCode(t *testing.T) {
	elsewhere := []sso.Code{
		sso.ACSMethod, sso.ACSArtifact, // host/web
		sso.CorrUnsolicited, sso.CorrBrowserBinding, sso.CorrExpired, sso.CorrOtherSession, // core/login
	}
	var covered []sso.Code
	for _, v := range vectors.All() {
		covered = append(covered, v.Code)
	}
	missing := 0
	for _, code := range sso.Codes() {
		family, _, _ := strings.Cut(string(code), ".")
		if slices.Contains([]string{"acs", "xml", "sig", "enc", "proto", "idp", "corr"}, family) && !slices.Contains(elsewhere, code) &&
			!slices.Contains(covered, code) {
			missing++
			t.Errorf("no vector is refused with %s", code)
		}
	}
	score.Report(t, "codes of the verifier without a vector", float64(missing), "= 0")
}

// TestLogoutVectorsCoverEveryCode is the same of logouts.
func TestLogoutVectorsCoverEveryCode(t *testing.T) {
	covered := []sso.Code{sso.SLOReplay, sso.SLONotOffered} // for a message as such: testing/e2e sends one twice, host/web asks where none is offered
	for _, l := range vectors.Logouts() {
		covered = append(covered, l.Code)
	}
	missing := 0
	for _, code := range sso.Codes() {
		if strings.HasPrefix(string(code), "slo.") && !slices.Contains(covered, code) {
			missing++
			t.Errorf("no logout is refused with %s", code)
		}
	}
	score.Report(t, "codes of single logout without a vector", float64(missing), "= 0")
}
