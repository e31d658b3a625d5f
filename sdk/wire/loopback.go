package wire

import (
	"context"
	"log/slog"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/idplug/idplug/sdk"
)

// Loopback puts p behind both halves of the wire, joined in memory, so that a test of a provider in its own process crosses the same code as a
// plugin does. The returned function ends it.
func Loopback(ctx context.Context, p sdk.Provider, log *slog.Logger) (sdk.Provider, func(), error) {
	pipe := bufconn.Listen(64 << 10)
	server := NewServer(log).GRPC(nil)
	Register(server, p)
	go func() { _ = server.Serve(pipe) }() // returns when stopped

	conn, err := grpc.NewClient("passthrough:///loopback", append(DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return pipe.DialContext(ctx) }))...)
	if err != nil {
		server.Stop()
		return nil, nil, err
	}
	stop := func() {
		_ = conn.Close()
		server.Stop()
	}
	client, err := NewClient(ctx, conn)
	if err != nil {
		stop()
		return nil, nil, err
	}
	return client, stop, nil
}
