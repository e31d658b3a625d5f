// Package serve is a plugin's main: serve.Main(acme.Provider{}) and nothing more. Every plugin binary enters here; hosts and tests do not.
//
// It owns what a process must get right and a vendor should not have to know: the handshake, mutual TLS, limits, panics, logging, and dying at the
// right time: after the calls in flight when told to stop, at once when the host is gone. Standard output belongs to the handshake.
package serve

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

const (
	grace       = 2 * time.Second // for calls in flight at SIGTERM; as long as a Profile may take
	parentEvery = time.Second
)

// Main serves p until the host ends it, and does not return. What the provider says to sdk.Log goes to standard error as JSON lines.
//
// Started by hand, the binary explains itself; with --describe it prints its manifest as JSON, and fails if the manifest is not in order. With --debug
// it serves without a host, as a debugger needs it, and prints what a host attaches to; --debug FILE writes that to a file, too.
func Main(p sdk.Provider) {
	os.Exit(process{args: os.Args[1:], cookie: os.Getenv(wire.Handshake().MagicCookieKey), stdout: os.Stdout, stderr: os.Stderr}.run(p))
}

// process is what of the operating system decides how a plugin starts.
type process struct {
	args           []string
	cookie         string
	stdout, stderr io.Writer
}

func (o process) run(p sdk.Provider) (exitCode int) {
	switch {
	case slices.Equal(o.args, []string{"--describe"}):
		return o.describe(p)
	case len(o.args) > 0 && len(o.args) <= 2 && o.args[0] == "--debug":
		return o.debug(p, strings.Join(o.args[1:], ""))
	case o.cookie != wire.Handshake().MagicCookieValue:
		return o.explain(p.Manifest())
	}
	listen(p, slog.New(slog.NewJSONHandler(o.stderr, nil)))
	return 0
}

// explain tells a person who started the binary by hand what it is for.
func (o process) explain(m sdk.Manifest) int {
	fmt.Fprintf(o.stderr, `This is the %[1]s provider for idplug, version %[2]s. It is started by idplug, not by hand.

To install it, put it into the folder that idplug watches (IDPLUG_PLUGIN_DIR):
  install -m 0755 idplug-provider-%[3]s plugins.d/

To see what it offers:
  idplug-provider-%[3]s --describe

To run it under a debugger, which idplug then attaches to:
  idplug-provider-%[3]s --debug
`, m.Name, m.Version, m.Key)
	return 2
}

// listen serves until the host says so, a SIGTERM comes, or the host is gone.
func listen(p sdk.Provider, log *slog.Logger) {
	server := wire.NewServer(log)
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	orphan := orphaned(os.Getppid, parentEvery)
	go func() {
		var stopped bool
		select {
		case <-terminated:
			stopped = server.Drain(grace)
		case <-orphan:
			stopped = server.Drain(0) // nobody is left to answer
		}
		if !stopped {
			os.Exit(0) // before there was anything to stop
		}
	}()
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  wire.Handshake(),
		VersionedPlugins: wire.VersionedPlugins(p),
		GRPCServer:       server.GRPC,
		Logger:           pluginLog(log),
	})
}

// orphaned is closed when the parent is no longer the one it was. Where the kernel can, the host asks it to kill us instead; this is for the rest.
func orphaned(getppid func() int, every time.Duration) <-chan struct{} {
	parent, gone := getppid(), make(chan struct{})
	go func() {
		for getppid() == parent {
			time.Sleep(every)
		}
		close(gone)
	}()
	return gone
}

// pluginLog lets go-plugin report errors through log; the rest of what it says is chatter.
func pluginLog(log *slog.Logger) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{
		Level:       hclog.Error,
		DisableTime: true,
		Output:      slog.NewLogLogger(log.Handler(), slog.LevelError).Writer(),
	})
}
