package main

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheJourneyEnds(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), &out, io.Discard, "okta"))
	require.Contains(t, out.String(), "the whole way")
	require.Regexp(t, `(?m)^ *okta .* 0$`, out.String())
}

func TestAProviderThatIsNotThereIsAnError(t *testing.T) {
	j := &journey{out: io.Discard, progress: io.Discard, dir: t.TempDir()}
	require.ErrorContains(t, j.weigh(t.Context(), "nobody"), "nobody")
}
