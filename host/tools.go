package host

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/settings"
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
	r, err := openRooms(ctx, c, c.knownOrigin(), nil, log)
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
