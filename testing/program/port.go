package program

import (
	"context"
	"net"
)

// FreePort is a port of the loopback address that nobody listens on, for programs that must be told one. Somebody could take it before they do; they
// would say so.
func FreePort(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
