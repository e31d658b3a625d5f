package saml_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/vectors"
)

// TestVectors holds every refusal to its code, and to its twin: the same message without the one change is accepted.
func TestVectors(t *testing.T) {
	b, s := base(t), service()
	seen := map[string]bool{}
	for _, v := range vectors.All() {
		t.Run(v.Name, func(t *testing.T) {
			require.False(t, seen[v.Name], "two vectors have this name")
			seen[v.Name] = true
			twin, err := v.Twin(b)
			require.NoError(t, err)
			_, steps, err := verify(s, target(b.Key), twin)
			require.NoError(t, err, "the twin: %v", steps)
			message, err := v.Message(b)
			require.NoError(t, err)
			a, steps, err := verify(s, target(b.Key), message)
			require.Equal(t, v.Code, sso.CodeOf(err), "%s: %v", v.Why, err)
			if v.Code == "" {
				require.Equal(t, vectors.Ada, a.NameID.Value)
				require.Equal(t, provider, a.IDPEntityID)
				return
			}
			require.Zero(t, a)
			require.Equal(t, v.Code, steps[len(steps)-1].Code)
			require.Contains(t, sso.Codes(), v.Code)
			for _, step := range steps {
				require.NotContains(t, step.Got+step.Expected, vectors.Ada, "a NameID in the trace")
			}
		})
	}
}

// TestVectorsCoverEveryCode: a code without a vector is a check that nobody sees fail.
func TestVectorsCoverEveryCode(t *testing.T) {
	elsewhere := []sso.Code{
		sso.ACSMethod, sso.ACSArtifact, // host/web
		sso.CorrUnsolicited, sso.CorrBrowserBinding, sso.CorrExpired, // core/login
	}
	var covered []sso.Code
	for _, v := range vectors.All() {
		covered = append(covered, v.Code)
	}
	for _, code := range sso.Codes() {
		family, _, _ := strings.Cut(string(code), ".")
		if slices.Contains([]string{"acs", "xml", "sig", "enc", "proto", "idp", "corr"}, family) && !slices.Contains(elsewhere, code) {
			require.Contains(t, covered, code)
		}
	}
}
