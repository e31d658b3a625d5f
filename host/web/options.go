package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// Options are what the room works with. Fields without a remark must be set.
type Options struct {
	Settings  *settings.Service
	Login     *login.Service
	Directory *directory.Service
	Providers Providers
	Plugins   Plugins
	SAML      Metadata
	Seal      Sealer
	Health    Health
	Metrics   Metrics
	// MetricsPage answers GET /metrics, OpsMetricsPage there where only operators reach it.
	MetricsPage, OpsMetricsPage http.Handler
	// OpsElsewhere: metrics and readiness are served by [Server.OpsHandler] on another address, and not here.
	OpsElsewhere bool
	// OperatorToken is the bearer token of the operator; "" lets nobody in.
	OperatorToken string
	// Origin is the public origin, without a slash at its end. Its scheme decides about cookies.
	Origin string
	// FetchAllow are the host:port pairs of providers that may be reached over http (development, tests).
	FetchAllow []string
	// TrustedProxies are the networks of proxies whose word is taken for where a request came from.
	TrustedProxies []netip.Prefix
	// PasswordTime is what the answer to a password without an organisation takes, or a multiple of it; 0 is a second. Tests shorten it.
	PasswordTime time.Duration
	Logger       *slog.Logger
	Now          func() time.Time
	Version      string
}

// Providers are the selectable providers.
type Providers interface {
	Providers() []sso.ProviderStatus
}

// Plugins are the plugin binaries.
type Plugins interface {
	Plugins() []sso.PluginStatus
	// Plugin is one of them; [sso.NotFound].
	Plugin(key sso.ProviderKey) (sso.PluginStatus, error)
	// Pin holds a plugin at the one version that served with this number or this beginning of its SHA-256; [sso.PluginVersionUnknown].
	Pin(ctx context.Context, key sso.ProviderKey, version, sum string) (sso.PluginVersion, error)
	// Unpin ends that.
	Unpin(ctx context.Context, key sso.ProviderKey) error
	// Restart replaces the process; [sso.PluginNotStartable].
	Restart(ctx context.Context, key sso.ProviderKey) error
}

// Metadata writes a tenant's service-provider metadata; [sso.NotFound] for a tenant that does not exist.
type Metadata interface {
	ServiceProviderMetadata(ctx context.Context, t sso.TenantID) ([]byte, error)
}

// Sealer encrypts and authenticates what a browser keeps for us. purpose separates keys; aad must be the same for both.
type Sealer interface {
	Seal(purpose string, aad, plain []byte) ([]byte, error)
	Open(purpose string, aad, sealed []byte) ([]byte, error)
}

// Health says whether the host can do its work.
type Health interface {
	Ready(ctx context.Context) error
}

// Metrics counts.
type Metrics interface {
	Request(method, route string, status int, took time.Duration)
	Login(outcome, code string)
}
