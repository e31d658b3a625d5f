package conformance

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk/sdktest"
	"github.com/idplug/idplug/testing/badplugin"
)

// A plugin that misbehaves in one way breaks the rule about that, and no other. What serves without the care of package serve does not look
// after its host either.
func TestABadPluginFailsWhatItBreaks(t *testing.T) {
	compiled, err := badplugin.Compile(t.Context())
	require.NoError(t, err)
	for mode, want := range map[badplugin.Mode][]string{
		badplugin.Good:             nil,
		badplugin.ExitAtStart:      {"process.start"},
		badplugin.NeverReady:       {"process.start"},
		badplugin.Mute:             {"process.start"},
		badplugin.WrongCookie:      {"process.start"},
		badplugin.VersionSkew:      {"process.start"},
		badplugin.TCPAddress:       {"process.start"},
		badplugin.InTheClear:       {"process.start"},
		badplugin.FalseManifest:    {"manifest.key"},
		badplugin.HugeReply:        {"metadata.answers", "process.log", "process.orphan"},
		badplugin.Refuses:          {"profile.answers"},
		badplugin.PanicOnProfile:   {"profile.answers"},
		badplugin.CrashOnProfile:   {"profile.answers"},
		badplugin.HangOnProfile:    {"profile.answers"},
		badplugin.StopsItself:      {"profile.answers"},
		badplugin.FailsExample:     {"profile.examples"},
		badplugin.InventedValue:    {"profile.provenance"},
		badplugin.InventedName:     {"profile.provenance", "profile.transient"},
		badplugin.HugeProfile:      {"profile.answers", "process.log", "process.orphan"},
		badplugin.Garbled:          {"profile.answers", "process.log", "process.orphan"},
		badplugin.LogsValues:       {"profile.log"},
		badplugin.BadStderrJSON:    {"process.log"},
		badplugin.StderrFlood:      {"process.log"},
		badplugin.StdoutFlood:      {"process.stdout"},
		badplugin.LeaksDescendants: {"process.children", "process.orphan"},
		badplugin.IgnoresSIGTERM:   {"process.log", "process.terminate", "process.orphan"},
	} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			path, err := compiled.Write(t.TempDir(), badplugin.Binary{Mode: mode, Address: "127.0.0.1:1"})
			require.NoError(t, err)
			report, err := sdktest.Binary{Path: path}.Check(context.Background(), func(r sdktest.Result) {
				if r.Outcome == sdktest.Failed || r.Took > 500e6 {
					t.Log(r.Check, r.Took, r.Seen)
				}
			})
			require.NoError(t, err)
			var failed []string
			for _, r := range report.Results {
				if r.Outcome == sdktest.Failed {
					failed = append(failed, r.Check)
					require.NotEmpty(t, r.Seen)
				}
			}
			require.Equal(t, want, failed)
		})
	}
}
