package host

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/catalog"
	"github.com/idplug/idplug/host/saml"
	"github.com/idplug/idplug/host/sandbox"
	"github.com/idplug/idplug/host/seal"
	"github.com/idplug/idplug/host/store"
)

// rooms are the parts of a host, wired. close undoes what opening them did, last first.
type rooms struct {
	config    Config
	origin    string
	store     *store.Store
	box       *seal.Box
	catalog   *catalog.Catalog
	saml      *saml.Service
	settings  *settings.Service
	login     *login.Service
	directory *directory.Service
	closers   []func() error
}

// openStore opens the database as it is.
func openStore(ctx context.Context, c Config) (*store.Store, error) {
	dsn := c.DatabaseURL
	if dsn == "" {
		dsn = c.path(databaseFile)
	}
	return store.Open(ctx, store.Options{DSN: dsn})
}

// openRooms opens everything but the web. origin is the public origin; metrics may be nil.
func openRooms(ctx context.Context, c Config, origin string, metrics catalog.Metrics, log *slog.Logger) (_ *rooms, err error) {
	r := &rooms{config: c, origin: origin}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	if err := prepareDataDir(c.DataDir); err != nil {
		return nil, err
	}
	key, err := c.masterKey()
	if err != nil {
		return nil, err
	}
	if r.box, err = seal.New(key); err != nil {
		return nil, err
	}
	if r.store, err = openStore(ctx, c); err != nil {
		return nil, err
	}
	r.closers = append(r.closers, r.store.Close)
	if _, err = r.store.Migrate(ctx); err != nil { // under a lock, so any number of processes may start at once
		return nil, err
	}
	if r.catalog, err = openCatalog(ctx, c, metrics, log); err != nil {
		return nil, err
	}
	r.closers = append(r.closers, r.catalog.Close)
	passwords, err := seal.NewPasswords(sso.Refuse("seal.passwords", sso.Overloaded))
	if err != nil {
		return nil, err
	}
	r.wire(passwords, log)
	return r, nil
}

// pluginState is the catalogue's own folder.
const pluginState = "plugins"

// sandbox is what plugins are started in.
func (c Config) sandbox() sandbox.Box {
	return sandbox.Box{Mode: sandbox.Mode(c.PluginSandbox), Shim: c.PluginShim}
}

func openCatalog(ctx context.Context, c Config, metrics catalog.Metrics, log *slog.Logger) (*catalog.Catalog, error) {
	dev, err := c.devPlugins()
	if err != nil {
		return nil, err // was checked
	}
	return catalog.Open(ctx, catalog.Options{
		Sandbox: c.sandbox(),
		Dev:     dev, Dir: c.PluginDir, StateDir: c.path(pluginState), Trust: catalog.Trust(c.PluginTrust), Log: log, Now: time.Now,
		Metrics: metrics,
	})
}

// wire makes the use cases and gives each its ports.
func (r *rooms) wire(passwords *seal.Passwords, log *slog.Logger) {
	r.saml = &saml.Service{Origin: r.origin, Now: time.Now, ClockSkew: r.config.ClockSkew, Keys: r.store.Keys(), Sealer: r.box}
	r.settings = &settings.Service{
		Store: r.store.Settings(), Providers: r.catalog, Documents: &saml.Documents{Allow: r.config.FetchAllow}, KeyMaker: r.saml, Now: time.Now, Origin: r.origin,
	}
	r.login = &login.Service{
		Store: r.store.Login(), SAML: r.saml, SLO: r.saml, Providers: r.catalog, Passwords: passwords, Now: time.Now, NewToken: seal.Token, NewID: seal.ID, Sealer: r.box,
		Options: login.Options{SessionTTL: r.config.SessionTTL, SessionIdle: r.config.SessionIdle, ClockSkew: r.config.ClockSkew},
		Report: func(ctx context.Context, err error) {
			log.WarnContext(ctx, "login: side effect failed", "code", string(sso.CodeOf(err)), "err", err)
		},
	}
	r.directory = &directory.Service{
		Store: r.store.Directory(), Passwords: passwords, Sealer: r.box, SSO: r.settings, NoMail: r.config.SMTPURL == "", Now: time.Now, NewID: seal.ID, NewToken: seal.Token,
	}
}

func (r *rooms) close() error {
	var errs []error
	for _, undo := range slices.Backward(r.closers) {
		errs = append(errs, undo())
	}
	return errors.Join(errs...)
}
