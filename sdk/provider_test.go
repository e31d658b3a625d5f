package sdk_test

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
)

func TestCallTravelsInTheContext(t *testing.T) {
	t.Parallel()
	require.Zero(t, sdk.CallOf(context.Background()))
	call := sdk.Call{RequestID: "r1", Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	require.Equal(t, call, sdk.CallOf(sdk.WithCall(context.Background(), call)))
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", call.TraceID())
	require.Empty(t, sdk.Call{Traceparent: "00-0AF7"}.TraceID())
}

func TestLogTravelsInTheContext(t *testing.T) {
	t.Parallel()
	require.False(t, sdk.Log(context.Background()).Enabled(context.Background(), slog.LevelError), "outside a call it discards")
	log := slog.New(slog.DiscardHandler)
	require.Same(t, log, sdk.Log(sdk.WithLog(context.Background(), log)))
}

func TestErrorKeepsItsCause(t *testing.T) {
	t.Parallel()
	err := &sdk.Error{Code: "acme.unreadable", Err: io.ErrUnexpectedEOF}
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.EqualError(t, err, "acme.unreadable: unexpected EOF")
	require.EqualError(t, &sdk.Error{Code: "acme.unreadable"}, "acme.unreadable")
}
