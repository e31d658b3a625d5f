package telemetry_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/telemetry"
)

func TestACallTravelsInItsContext(t *testing.T) {
	require.Zero(t, telemetry.CallOf(context.Background()))
	c := telemetry.Call{RequestID: "r1", Traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
	require.Equal(t, c, telemetry.CallOf(telemetry.WithCall(context.Background(), c)))
	require.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", c.TraceID())
	require.Empty(t, telemetry.Call{}.TraceID())
}

func TestATraceparentFromOutsideHasTheFormOrIsNone(t *testing.T) {
	const good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	require.Equal(t, good, telemetry.Traceparent(good))
	for _, bad := range []string{
		"", "ada@example.com", good + "-x", good + "\n", "01" + good[2:], "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01",
	} {
		require.Empty(t, telemetry.Traceparent(bad), "%q", bad)
	}
}
