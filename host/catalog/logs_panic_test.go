package catalog

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// choking is a handler that cannot take one line.
type choking struct{ slog.Handler }

func (c choking) Handle(ctx context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Value.String() == "choke" {
			panic("on this")
		}
		return true
	})
	return c.Handler.Handle(ctx, r)
}

// TestALineThatCannotBeReadEndsNothing: the lines after it are read, and the log says what happened.
func TestALineThatCannotBeReadEndsNothing(t *testing.T) {
	var said strings.Builder
	l := newLogs(slog.New(choking{slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug})}), new(atomic.Int64))
	l.read(io.NopCloser(strings.NewReader("before\nchoke\nafter\n")))
	require.Contains(t, said.String(), "line=before")
	require.Contains(t, said.String(), `panic="on this"`)
	require.Contains(t, said.String(), "line=after")
	require.Equal(t, "before / choke / after", l.tail())
}
