// Command plugin is the binary that package badplugin stamps.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/serve"
	"github.com/idplug/idplug/sdk/wire"
	"github.com/idplug/idplug/testing/badplugin"
)

var (
	stamp  = badplugin.Blank
	stdout = os.Stdout // the real ones: go-plugin puts pipes in their place
	stderr = os.Stderr
)

func main() {
	if os.Args[0] == badplugin.Descendant {
		time.Sleep(time.Minute)
		return
	}
	b := badplugin.Read(stamp)
	p := provider{b}
	switch b.Mode {
	case badplugin.ExitAtStart:
		os.Exit(3)
	case badplugin.NeverReady:
		stay()
	case badplugin.Mute:
		socket := filepath.Join(os.Getenv(goplugin.EnvUnixSocketDir), "mute")
		if _, err := net.Listen("unix", socket); err != nil { // the kernel takes connections, we do not
			panic(err)
		}
		fmt.Fprintf(os.Stdout, "1|1|unix|%s|grpc|\n", socket)
		stay()
	case badplugin.TCPAddress:
		fmt.Fprintf(os.Stdout, "1|1|tcp|%s|grpc|\n", b.Address)
		stay()
	case badplugin.WrongCookie:
		handshake := wire.Handshake()
		handshake.MagicCookieValue = "another host's"
		raw(p, handshake)
	case badplugin.VersionSkew:
		skewed(p)
	case badplugin.InTheClear:
		_ = os.Unsetenv("PLUGIN_CLIENT_CERT") // by which go-plugin is asked for TLS
		raw(p, wire.Handshake())
		stay()
	case badplugin.SlowStart:
		time.Sleep(3 * time.Second)
	case badplugin.HugeReply, badplugin.HugeProfile:
		signal.Ignore(syscall.SIGPIPE) // a line logged after the host's death must not end it by luck
		coded(p, repeating{encoding.GetCodecV2(proto.Name)})
		stay()
	case badplugin.Garbled:
		coded(p, garbling{encoding.GetCodecV2(proto.Name), new(atomic.Int64)})
		stay()
	case badplugin.IgnoresSIGTERM:
		signal.Ignore(syscall.SIGTERM)
		raw(p, wire.Handshake())
		stay()
	case badplugin.BadStderrJSON:
		spoilLog()
	case badplugin.StderrFlood:
		go flood()
	case badplugin.EscapesAtStart:
		escapes(b.Address)
	case badplugin.LeaksDescendants:
		leak(b.Key)
	case badplugin.LeavesMark:
		if err := os.WriteFile(b.Address, nil, 0o600); err != nil {
			fmt.Fprintln(stderr, "no mark:", err)
		}
	default: // the fault is in an answer, if there is one
	}
	serve.Main(p)
}

// raw serves without the care of package serve.
func raw(p sdk.Provider, handshake goplugin.HandshakeConfig) {
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: handshake, VersionedPlugins: wire.VersionedPlugins(p), GRPCServer: goplugin.DefaultGRPCServer,
	})
}

func stay() {
	for {
		time.Sleep(time.Hour)
	}
}
