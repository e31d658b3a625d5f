package catalog

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

func TestDelaysGrowAndEnd(t *testing.T) {
	var c crashes
	for range 3 {
		require.Zero(t, c.delay(false), "at once")
	}
	for _, top := range []time.Duration{
		100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond, 1600 * time.Millisecond,
		3200 * time.Millisecond, 6400 * time.Millisecond, 12800 * time.Millisecond, 25600 * time.Millisecond, 51200 * time.Millisecond,
		60 * time.Second, 60 * time.Second,
	} {
		d := c.delay(false)
		require.LessOrEqual(t, d, top)
		require.Greater(t, d, top/2-1)
	}
	c.exits = 1_000_000
	require.LessOrEqual(t, c.delay(false), longest)
	require.LessOrEqual(t, c.delay(true), longestBusy, "somebody may be asking for it again")
}

func TestWordsOfAPluginAreBoundedAndWhole(t *testing.T) {
	problems := make([]sdk.Problem, 1000)
	for i := range problems {
		problems[i] = sdk.Problem{Severity: sdk.SeverityWarning, Summary: strings.Repeat("é", maxWords)}
	}
	classes := []string{strings.Repeat("c", 1<<20)}
	for range 1000 {
		classes = append(classes, "urn:x")
	}
	advice := adviceOf(&sdk.MetadataAdvice{
		EntityID: strings.Repeat("e", 1<<20), Problems: problems, Request: sdk.RequestHints{AuthnContexts: classes, Sign: true},
	})
	require.Len(t, advice.Problems, maxProblems)
	require.Equal(t, sso.Warning, advice.Problems[0].Severity)
	require.LessOrEqual(t, len(advice.Problems[0].Summary), maxWords)
	require.True(t, utf8.ValidString(advice.Problems[0].Summary))
	require.Len(t, advice.EntityID, maxWords)
	require.Len(t, advice.Request.AuthnContexts, maxClasses)
	require.Len(t, advice.Request.AuthnContexts[0], maxWords)
	require.True(t, advice.Request.Sign)

	require.Equal(t, "a b  c é", printable("a\nb\x1b\x00c é"))
	require.Equal(t, "é", cut("éé", 3), "half a character is none")
}

func TestACallCutOffByItsConnectionIsMadeAgain(t *testing.T) {
	alive := &instance{process: &process{exited: make(chan struct{})}}
	dead := &instance{process: &process{exited: make(chan struct{})}}
	close(dead.process.exited)
	for kind, down := range map[wire.Kind]bool{
		wire.Down: true, wire.Cancelled: true, wire.Late: false, wire.Refused: false, wire.Faulty: false, wire.TooLarge: false,
	} {
		require.Equal(t, down, isDown(&wire.Failure{Kind: kind}, alive), kind)
		require.True(t, isDown(&wire.Failure{Kind: kind}, dead), kind)
	}
	require.False(t, isDown(nil, dead))
	require.False(t, isDown(context.DeadlineExceeded, alive))
}

func TestAVaultThatIsSharedIsNotSwept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	ours, err := openVault(dir)
	require.NoError(t, err)
	theirs, err := openVault(dir)
	require.NoError(t, err)
	sum, copied, err := theirs.take(put(t, t.TempDir(), "bin", 0o755))
	require.NoError(t, err)
	require.NotEmpty(t, sum)
	ours.sweep(nil)
	require.FileExists(t, copied)
	require.NoError(t, theirs.close())
	ours.sweep(nil)
	require.NoFileExists(t, copied)
	require.NoError(t, ours.close())
}

func TestARunFolderThatOthersCanEnterIsRefused(t *testing.T) {
	state, err := os.MkdirTemp("", "cat") //nolint:usetesting // a socket's path must be short, and t.TempDir's is not
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(state) })
	base := filepath.Join(state, "run")
	require.NoError(t, os.MkdirAll(base, 0o700))
	require.NoError(t, os.Chmod(base, 0o755)) // #nosec G302 -- the fault under test
	_, err = makeRunDir(state)
	require.ErrorContains(t, err, "only the service's user may enter")
}
