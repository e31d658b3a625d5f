package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/hashicorp/go-plugin"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

// attachment tells a host where a plugin is that it did not start: go-plugin's ReattachConfig, the address written as Terraform's plugins do.
type attachment struct {
	Protocol        plugin.Protocol
	ProtocolVersion int
	Pid             int
	Test            bool // the host leaves the process alone
	Addr            struct{ Network, String string }
}

// debug serves p without a host that started it, so that a debugger can, until the process is interrupted. It prints what a host needs to attach,
// and writes it to a file if one is named. Anybody who may open the socket may call: that is this user.
func (o process) debug(p sdk.Provider, file string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	where, ended := make(chan *plugin.ReattachConfig, 1), make(chan struct{})
	log := slog.New(slog.NewTextHandler(o.stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	go plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  wire.Handshake(),
		VersionedPlugins: wire.VersionedPlugins(p),
		GRPCServer:       wire.NewServer(log).GRPC,
		Logger:           pluginLog(log),
		Test:             &plugin.ServeTestConfig{Context: ctx, ReattachConfigCh: where, CloseCh: ended},
	})
	var c *plugin.ReattachConfig
	select {
	case c = <-where:
	case <-ended:
		fmt.Fprintln(o.stderr, "it does not serve: no socket can be made in "+os.TempDir())
		return 1
	}
	a := attachment{Protocol: c.Protocol, ProtocolVersion: wire.Version, Pid: c.Pid, Test: true}
	a.Addr.Network, a.Addr.String = c.Addr.Network(), c.Addr.String()
	if err := o.tell(p.Manifest().Key, a, file); err != nil {
		fmt.Fprintln(o.stderr, err)
		return 1
	}
	<-ended
	if file != "" {
		_ = os.Remove(file)
	}
	return 0
}

func (o process) tell(key string, a attachment, file string) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	from := "'" + key + "=attach:" + string(text) + "'"
	if file != "" {
		if err := os.WriteFile(file, append(text, '\n'), 0o600); err != nil {
			return err
		}
		from = key + "=attach:" + file
	}
	fmt.Fprintf(o.stderr, "The %s provider waits for idplug to attach:\n\n  idplug serve --dev-plugin %s\n\n", key, from)
	_, err = fmt.Fprintf(o.stdout, "%s\n", text)
	return err
}
