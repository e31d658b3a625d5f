package catalog

import (
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAPluginWritesNoLineOfOurs: whatever a plugin writes, our log says that the plugin said it. Only the level of a structured line is believed; its
// message, time and request are not, and what would move a terminal or begin another line stands inside the one value.
func TestAPluginWritesNoLineOfOurs(t *testing.T) {
	spoofed := []string{
		`{"level":"ERROR","msg":"signed in","request_id":"x"}`,
		`{"level":"WARN","msg":"signed in","request_id":"x","provider":"okta"}`,
		`{"time":"2001-01-01T00:00:00Z","level":"INFO","msg":"signed in"}`,
		"{\"level\":\"ERROR\"}\r{\"level\":\"ERROR\",\"msg\":\"signed in\"}",
		"a\r\x1b[2K\x1b[1Alevel=ERROR msg=\"signed in\"",
		`x" msg="signed in" line="`,
		`{"level":"INFO+9000","msg":"signed in"}`,
	}
	levels := []string{"ERROR", "WARN", "DEBUG", "DEBUG", "DEBUG", "DEBUG", "ERROR"}
	var said, text strings.Builder
	all := &slog.HandlerOptions{Level: slog.LevelDebug}
	for _, h := range []slog.Handler{slog.NewJSONHandler(&said, all), slog.NewTextHandler(&text, all)} {
		newLogs(slog.New(h).With("provider", "acme"), new(atomic.Int64)).read(io.NopCloser(strings.NewReader(strings.Join(spoofed, "\n") + "\n")))
	}
	records := strings.Split(strings.TrimSpace(said.String()), "\n")
	require.Len(t, records, len(spoofed))
	for i, record := range records {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(record), &fields))
		require.NotEqual(t, "2001-01-01T00:00:00Z", fields["time"])
		delete(fields, "time")
		require.Equal(t, map[string]any{"level": levels[i], "msg": "plugin says", "provider": "acme", "line": spoofed[i]}, fields)
	}
	for line := range strings.Lines(text.String()) {
		require.Contains(t, line, ` msg="plugin says" provider=acme line=`)
		require.NotContains(t, strings.TrimSuffix(line, "\n"), "\r")
		require.NotContains(t, line, "\x1b")
	}
	require.Equal(t, len(spoofed), strings.Count(text.String(), "\n"))
}
