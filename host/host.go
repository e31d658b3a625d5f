package host

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/idplug/idplug/host/mail"
	"github.com/idplug/idplug/host/telemetry"
	"github.com/idplug/idplug/host/web"
)

// Host is a server that is listening. Make it with [New], then [Host.Run].
type Host struct {
	*rooms
	log      *slog.Logger
	metrics  *telemetry.Telemetry
	main     *http.Server
	listener net.Listener
	ops      *http.Server // nil without a second address
	opsAt    net.Listener
	sender   *mail.Sender // nil: mail waits
}

// Build says what was built; the door fills it in.
type Build struct{ Version string }

// shutdownTime is how long requests under way may take to end.
const shutdownTime = 20 * time.Second

// New opens the rooms and starts to listen; nothing is answered before Run. With port 0 the public origin uses the real port.
func New(ctx context.Context, c Config, b Build, log *slog.Logger) (_ *Host, err error) {
	h := &Host{log: log, metrics: telemetry.New(b.Version)}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	if h.listener, err = listen(ctx, c.Listen, c); err != nil {
		return nil, err
	}
	origin := c.origin(h.listener.Addr())
	if err := checkOrigin(origin, c.InsecureHTTP); err != nil {
		return nil, fmt.Errorf("host: base_url: %w", err)
	}
	if h.rooms, err = openRooms(ctx, c, origin, h.metrics, log); err != nil {
		return nil, err
	}
	server, err := h.openWeb(b) //nolint:contextcheck // a handler takes the context of its request
	if err != nil {
		return nil, err
	}
	if h.sender, err = h.openMail(); err != nil {
		return nil, err
	}
	h.main = web.HTTPServer(c.Listen, server.Handler())
	if c.OpsListen != "" {
		if h.opsAt, err = (&net.ListenConfig{}).Listen(ctx, "tcp", c.OpsListen); err != nil {
			return nil, fmt.Errorf("host: ops_listen: %w", err)
		}
		h.ops = web.HTTPServer(c.OpsListen, server.OpsHandler())
	}
	return h, nil
}

func listen(ctx context.Context, address string, c Config) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("host: listen: %w", err)
	}
	if c.TLSCert == "" {
		return l, nil
	}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("host: tls_cert, tls_key: %w", err), l.Close())
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}), nil
}

func (h *Host) openWeb(b Build) (*web.Server, error) {
	token, err := h.config.operatorToken()
	if err != nil {
		return nil, err
	}
	proxies, err := h.config.ProxyNetworks()
	if err != nil {
		return nil, err // was checked
	}
	h.metrics.WatchPlugins(h.pluginStates)
	return web.New(web.Options{
		Settings: h.settings, Login: h.login, Directory: h.directory, Providers: h.catalog, Plugins: h.catalog, SAML: h.saml, Seal: h.box,
		Health: health{h.rooms}, Metrics: h.metrics, MetricsPage: h.metrics.Handler(), OpsMetricsPage: h.metrics.OpsHandler(),
		OpsElsewhere:  h.config.OpsListen != "",
		OperatorToken: token, Origin: h.origin, FetchAllow: h.config.FetchAllow, TrustedProxies: proxies, Logger: h.log, Now: time.Now, Version: b.Version,
	})
}

func (h *Host) pluginStates() []telemetry.PluginState {
	var out []telemetry.PluginState
	for _, p := range h.catalog.Plugins() {
		refused := 0
		for _, a := range p.Refused {
			refused += a.Count
		}
		out = append(out, telemetry.PluginState{
			Key: string(p.Key), State: string(p.State), Sandbox: p.Sandbox, Refused: refused, Restarts: p.Restarts, Breaker: string(p.Breaker),
			InFlight: p.InFlight, LogDropped: p.LogDropped,
		})
	}
	return out
}

// health is readiness: the store answers. A plugin that is down is shown in the metrics and on its page, but does not take the node away from
// the people whose login needs none.
type health struct{ *rooms }

func (r health) Ready(ctx context.Context) error { return r.store.Ping(ctx) }

// URL is the public origin.
func (h *Host) URL() string { return h.origin }

// Handler answers requests as the server does, for tests that bring their own.
func (h *Host) Handler() http.Handler { return h.main.Handler }

// Run serves until ctx ends, then lets requests under way finish. Its first line on out says where it listens.
func (h *Host) Run(ctx context.Context, out io.Writer) error {
	if _, err := fmt.Fprintf(out, "listening on %s\n", h.origin); err != nil {
		return fmt.Errorf("host: run: %w", err)
	}
	h.leaveAddress()
	defer func() { _ = os.Remove(h.config.path(addressFile)) }()
	if strings.HasPrefix(h.origin, "http://") && h.config.InsecureHTTP {
		h.log.WarnContext(ctx, "insecure_http is on: cookies and sign-ins can be read on the way", "origin", h.origin)
	}
	h.warnOfDev(ctx)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return served(h.main.Serve(h.listener)) })
	if h.ops != nil {
		group.Go(func() error { return served(h.ops.Serve(h.opsAt)) })
	}
	group.Go(func() error { return h.keepHouse(ctx) })
	if h.sender != nil {
		group.Go(func() error { return h.sender.Run(ctx) })
	}
	group.Go(func() error {
		<-ctx.Done()
		return h.shutdown(context.WithoutCancel(ctx))
	})
	return group.Wait()
}

func served(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("host: serve: %w", err)
}

func (h *Host) shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, shutdownTime)
	defer cancel()
	h.log.InfoContext(ctx, "shutting down")
	err := h.main.Shutdown(ctx)
	if h.ops != nil {
		err = errors.Join(err, h.ops.Shutdown(ctx))
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(errors.New("host: some requests were cut off"), h.main.Close())
	}
	return err
}

// leaveAddress notes where this server is reached, for the commands that ask it or print links to it.
func (h *Host) leaveAddress() {
	if err := os.WriteFile(h.config.path(addressFile), []byte(h.origin+"\n"), 0o600); err != nil {
		h.log.Warn("address file not written: commands will use base_url", "err", err)
	}
}

// purgeEvery is how often rows that time has ended are deleted.
const purgeEvery = 10 * time.Minute

// keepHouse deletes what has ended until ctx does.
func (h *Host) keepHouse(ctx context.Context) error {
	tick := time.NewTicker(purgeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if n, err := h.store.Purge(ctx, now); err != nil && ctx.Err() == nil {
				h.log.WarnContext(ctx, "purge failed", "err", err)
			} else if n > 0 {
				h.log.DebugContext(ctx, "purged", "rows", n)
			}
		}
	}
}

// Close ends plugins and connections; call it after Run, or instead.
func (h *Host) Close() error {
	var errs []error
	for _, l := range []net.Listener{h.listener, h.opsAt} {
		if l != nil {
			if err := l.Close(); !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	if h.rooms != nil {
		errs = append(errs, h.rooms.close())
	}
	return errors.Join(errs...)
}
