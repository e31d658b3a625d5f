package browser

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/hygiene"
	"github.com/idplug/idplug/testing/program"
)

// startProgram starts one of our programs until the end of the test.
func startProgram(t testing.TB, ready, name string, args ...string) *program.Process {
	t.Helper()
	log := filepath.Join(t.TempDir(), name+".log")
	p, err := program.Start(program.Command{
		Path: filepath.Join(theStage.bin, name), Args: args, Env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, Log: log, Ready: ready,
	})
	said, _ := os.ReadFile(log)
	require.NoError(t, err, string(said))
	t.Cleanup(func() {
		code, err := p.Stop()
		require.NoError(t, err)
		require.Zero(t, code, "%s must end in peace", name)
		switch name {
		case "idplug":
			secretsOf(args).Check(t, log, argument(args, "--data-dir"))
		case "demo":
			secretsOf(args).Check(t, filepath.Join(argument(args, "--dir"), "idplug.log"), filepath.Join(argument(args, "--dir"), "data"))
		}
	})
	return p
}

// secretsOf registers what a browser's traffic brings to a host, as far as it is known beforehand: it cannot be watched from here.
func secretsOf(args []string) *hygiene.Register {
	r := hygiene.New()
	r.Add(hygiene.Secret, "the operator's token", argument(args, "--operator-token"))
	for _, who := range []string{"@example.com", "Ada Lovelace", "Grace Hopper"} {
		r.Add(hygiene.Person, "a person", who)
	}
	return r
}

func argument(args []string, flag string) string {
	if i := slices.Index(args, flag); i >= 0 {
		return args[i+1]
	}
	return ""
}
