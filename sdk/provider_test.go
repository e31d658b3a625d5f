package sdk_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
)

func TestCallTravelsInTheContext(t *testing.T) {
	t.Parallel()
	require.Zero(t, sdk.CallOf(context.Background()))
	call := sdk.Call{RequestID: "r1", Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	require.Equal(t, call, sdk.CallOf(sdk.WithCall(context.Background(), call)))
}

func TestErrorKeepsItsCause(t *testing.T) {
	t.Parallel()
	err := &sdk.Error{Code: "acme.unreadable", Err: io.ErrUnexpectedEOF}
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.EqualError(t, err, "acme.unreadable: unexpected EOF")
	require.EqualError(t, &sdk.Error{Code: "acme.unreadable"}, "acme.unreadable")
}
