package wire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/idplug/idplug/sdk"
)

// Name is what a host dispenses: a plugin serves one provider and nothing else.
const Name = "provider"

// Version is the newest version of the protocol; a host also serves the one before.
const Version = 1

// ManifestTimeout bounds the first call, which dispensing a plugin makes.
const ManifestTimeout = 2 * time.Second

// Handshake returns the handshake of go-plugin. The cookie keeps people from starting a plugin by hand; it is no secret.
func Handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		ProtocolVersion:  Version,
		MagicCookieKey:   "IDPLUG_PLUGIN_COOKIE",
		MagicCookieValue: "6b1f0c52-provider",
	}
}

// VersionedPlugins returns the sets that both sides negotiate over, by protocol version. The host passes nil.
func VersionedPlugins(p sdk.Provider) map[int]plugin.PluginSet {
	return map[int]plugin.PluginSet{Version: {Name: &providerPlugin{provider: p}}}
}

// providerPlugin is how go-plugin reaches the two halves.
type providerPlugin struct {
	plugin.NetRPCUnsupportedPlugin
	provider sdk.Provider
}

func (p *providerPlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	if p.provider == nil {
		return errors.New("serve: no provider")
	}
	Register(s, p.provider)
	return nil
}

func (p *providerPlugin) GRPCClient(ctx context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, ManifestTimeout)
	defer cancel()
	client, err := NewClient(ctx, conn)
	if f, ok := errors.AsType[*Failure](err); ok && f.Text != "" { // a manifest is about nobody, so its text may be shown, unlike others'
		err = fmt.Errorf("%w: %s", err, f.Text)
	}
	return client, err
}
