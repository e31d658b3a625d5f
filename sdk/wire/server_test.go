package wire_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

// serve returns a server that has a name, so that it can be drained, and a client of it.
func serve(t *testing.T, p sdk.Provider) (*wire.Server, sdk.Provider) {
	t.Helper()
	pipe := bufconn.Listen(1 << 10)
	server := wire.NewServer(slog.New(slog.DiscardHandler))
	g := server.GRPC(nil)
	wire.Register(g, p)
	go func() { _ = g.Serve(pipe) }()
	t.Cleanup(g.Stop)
	conn, err := grpc.NewClient("passthrough:///pipe", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return pipe.DialContext(ctx) }))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	client, err := wire.NewClient(t.Context(), conn)
	require.NoError(t, err)
	return server, client
}

func TestATraceIsWhereTracersLookForIt(t *testing.T) {
	t.Parallel()
	var got []string
	_, client := serve(t, fake{metadata: func(ctx context.Context, _ *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
		header, _ := metadata.FromIncomingContext(ctx)
		got = header.Get("traceparent")
		return &sdk.MetadataAdvice{}, nil
	}})
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for traceparent, want := range map[string][]string{parent: {parent}, "": nil} {
		_, err := client.Metadata(sdk.WithCall(t.Context(), sdk.Call{Traceparent: traceparent}), &sdk.MetadataRequest{})
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestDrainLetsCallsEndAndTakesNoMore(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	server, client := serve(t, fake{metadata: func(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
		close(entered)
		<-leave
		return &sdk.MetadataAdvice{EntityID: "still here"}, nil
	}})
	answered := make(chan *sdk.MetadataAdvice)
	go func() {
		advice, _ := client.Metadata(context.Background(), &sdk.MetadataRequest{})
		answered <- advice
	}()
	<-entered
	drained := make(chan bool)
	go func() { drained <- server.Drain(time.Minute) }()

	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := client.Metadata(ctx, &sdk.MetadataRequest{})
		var failure *wire.Failure
		return errors.As(err, &failure) && failure.Kind == wire.Down
	}, 10*time.Second, 10*time.Millisecond, "new calls are turned away while the old one runs")
	close(leave)
	require.Equal(t, "still here", (<-answered).EntityID)
	require.True(t, <-drained)
}

func TestDrainDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	server, client := serve(t, fake{metadata: func(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
		close(entered)
		<-leave
		return nil, context.Canceled
	}})
	failed := make(chan error)
	go func() {
		_, err := client.Metadata(context.Background(), &sdk.MetadataRequest{})
		failed <- err
	}()
	<-entered
	require.True(t, server.Drain(time.Millisecond))
	require.Error(t, <-failed)
	close(leave)
}

func TestThereIsNothingToDrainBeforeTheServerExists(t *testing.T) {
	t.Parallel()
	require.False(t, wire.NewServer(slog.New(slog.DiscardHandler)).Drain(time.Minute))
}
