package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
	"github.com/idplug/idplug/testing/score"
)

func TestReportingTestsAreFound(t *testing.T) {
	t.Parallel()
	all, err := find(docblock.Root(t), reports, "Test")
	require.NoError(t, err)
	var e2e []string
	for _, found := range all {
		if found.dir == "./testing/e2e" {
			e2e = found.names
		}
	}
	require.Contains(t, e2e, "TestVectorsOverHTTP", "which reports by a method of another type")
	require.NotContains(t, e2e, "TestStories")
}

// TestFuzzTargetsCoverEveryParser: each reader of what strangers send has a target.
func TestFuzzTargetsCoverEveryParser(t *testing.T) {
	t.Parallel()
	all, err := find(docblock.Root(t), fuzzes, "Fuzz")
	require.NoError(t, err)
	var found []string
	for _, target := range all {
		for _, name := range target.names {
			found = append(found, target.dir+" "+name)
		}
	}
	for _, parser := range []string{
		"./host/saml/signedxml FuzzParse", "./host/saml FuzzVerify", "./host/saml FuzzMetadata", "./host/saml FuzzDecrypted", "./host/saml/xmlenc FuzzOpen",
		"./sdk/wire FuzzDecode", "./host/web FuzzDecode", "./host/web FuzzParseAnswer", "./core/sso FuzzRule10_Resolve",
	} {
		require.Contains(t, found, parser)
	}
}

func TestMissedTargetsAreTold(t *testing.T) {
	t.Parallel()
	table, err := newTable([]score.Figure{
		{Metric: "hostile messages wrongly accepted", Measured: 0, Target: "= 0", Source: "TestA/x"},
		{Metric: "hostile messages wrongly accepted", Measured: 1, Target: "= 0", Source: "TestA/y"},
		{Metric: "hostile messages wrongly accepted", Measured: 0, Target: "= 0", Source: "TestA/z"},
		{Metric: "time to refuse, p99 (ms)", Measured: 900, Target: "<= 250", Source: "TestB"},
		{Metric: "of another room", Measured: 3, Target: ">= 3", Source: "TestC"},
	}, counted{Since: "2026-01-01", Fuzz: map[string]int64{"a": 2, "b": 3}})
	require.NoError(t, err)
	var out strings.Builder
	missed, err := table.print(&out)
	require.NoError(t, err)
	require.Len(t, missed, 2)
	require.False(t, missed[0].Timed())
	require.True(t, missed[1].Timed())
	require.Equal(t, 2, strings.Count(out.String(), "MISSED"))
	require.Contains(t, out.String(), "Further figures\n    of another room")
	require.Contains(t, out.String(), "since 2026-01-01")
	require.Regexp(t, `inputs that fuzzing tried, in all +5 `, out.String())
}

func TestCountsAreSummedUp(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counted.json")
	for i := range 2 {
		c, err := readCounted(path)
		require.NoError(t, err)
		require.NoError(t, c.add(path, map[string]int64{"x": 5}, time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC)))
	}
	c, err := readCounted(path)
	require.NoError(t, err)
	require.Equal(t, counted{Since: "2026-01-01", Last: "2026-01-02", Fuzz: map[string]int64{"x": 10}}, c)
}
