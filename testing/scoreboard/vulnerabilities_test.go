package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
	"github.com/idplug/idplug/testing/score"
)

// TestKnownVulnerabilities looks for some, where minutes may be spent and the data can be reached.
func TestKnownVulnerabilities(t *testing.T) {
	if !score.Full() {
		return // lint looks in every check
	}
	look := exec.CommandContext(t.Context(), filepath.Join(docblock.Root(t), ".ci", "vulnerabilities"))
	text, err := look.CombinedOutput()
	out := strings.TrimSpace(string(text))
	if _, why, skipped := strings.Cut(out, "SKIPPED: "); skipped && err == nil {
		score.Open(t, "known vulnerabilities that are reachable", why)
		return
	}
	score.Report(t, "known vulnerabilities that are reachable", float64(strings.Count("\n"+out, "\nVulnerability #")), "= 0")
	require.NoError(t, err, out)
}
