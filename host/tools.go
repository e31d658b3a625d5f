package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/catalog"
)

// Tools are the use cases for the operator's commands, on the database itself: they work while no server runs, and beside one that does.
type Tools struct {
	Settings  *settings.Service
	Directory *directory.Service
	// Origin is the public origin, for links.
	Origin string
	rooms  *rooms
}

// OpenTools opens the rooms for a command. Plugins are started too, so that settings can say how they stand; log gets what goes wrong with them.
func OpenTools(ctx context.Context, c Config, log *slog.Logger) (*Tools, error) {
	c.DevPlugin = nil // a server's business
	r, err := openRooms(ctx, c, c.knownOrigin(), log)
	if err != nil {
		return nil, err
	}
	return &Tools{Settings: r.settings, Directory: r.directory, Origin: r.origin, rooms: r}, nil
}

// Close ends what OpenTools started.
func (t *Tools) Close() error { return t.rooms.close() }

// Migrate brings the schema up to date and returns how many steps were taken.
func Migrate(ctx context.Context, c Config) (int, error) {
	if err := prepareDataDir(c.DataDir); err != nil {
		return 0, err
	}
	s, err := openStore(ctx, c)
	if err != nil {
		return 0, err
	}
	n, err := s.Migrate(ctx)
	return n, errors.Join(err, s.Close())
}

// knownOrigin is the configured origin, else that of the server that runs on this data folder, else the default.
func (c Config) knownOrigin() string {
	if c.BaseURL != "" {
		return c.origin(nil)
	}
	if b, err := os.ReadFile(c.path(addressFile)); err == nil {
		if origin := strings.TrimSpace(string(b)); checkOrigin(origin, true) == nil {
			return origin
		}
	}
	return c.origin(nil)
}

// Plugins lists the plugin binaries: as the running server sees them when there is one on this data folder, else by starting each here. live
// says which it was.
func Plugins(ctx context.Context, c Config, log *slog.Logger) (list []sso.PluginStatus, live bool, err error) {
	if list, err := askServer(ctx, c); err == nil {
		return list, true, nil
	}
	if err := prepareDataDir(c.DataDir); err != nil {
		return nil, false, err
	}
	c.DevPlugin = nil // a server's business
	cat, err := openCatalog(ctx, c, log)
	if err != nil {
		return nil, false, err
	}
	return cat.Plugins(), false, cat.Close()
}

// LockPlugins pins the binaries that lie in the plugin folder now, for plugin_trust pinned.
func LockPlugins(c Config) ([]catalog.Pin, error) { return catalog.Lock(c.PluginDir) }

// askServer asks the API of the server that left its address in the data folder.
func askServer(ctx context.Context, c Config) ([]sso.PluginStatus, error) {
	if _, err := os.Stat(c.path(addressFile)); err != nil {
		return nil, err
	}
	token := c.OperatorToken // else the server made one
	if token == "" {
		var err error
		if token, err = readToken(c.path(tokenFile)); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.knownOrigin()+"/api/v1/plugins", nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("host: plugins: the server answered %s", response.Status)
	}
	var page struct {
		Items []struct {
			Key, File, Version, SHA256, State, Reason, Fix, Sandbox string
			Restarts                                                int
			Since                                                   time.Time
		} `json:"items"`
	}
	if err := json.NewDecoder(response.Body).Decode(&page); err != nil {
		return nil, fmt.Errorf("host: plugins: %w", err)
	}
	var out []sso.PluginStatus
	for _, p := range page.Items {
		out = append(out, sso.PluginStatus{
			Key: sso.ProviderKey(p.Key), File: p.File, Version: p.Version, SHA256: p.SHA256, State: sso.PluginState(p.State), Reason: p.Reason,
			Fix: p.Fix, Sandbox: p.Sandbox, Restarts: p.Restarts, Since: p.Since,
		})
	}
	return out, nil
}
