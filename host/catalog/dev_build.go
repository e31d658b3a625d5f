package catalog

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// build compiles the package beside the last binary and then takes its place: whoever copies that gets the one or the other.
func (b *bench) build(ctx context.Context) product {
	next := filepath.Join(b.out, "next")
	out, err := b.goCommand(ctx, "build", "-trimpath", "-o", next, ".")
	if err != nil {
		return product{fault: refuse("mend the code and save it: it is then built again", "it does not build: %s", compilerWords(out, err))}
	}
	path := filepath.Join(b.out, prefix+string(b.dev.Key))
	if err := os.Rename(next, path); err != nil {
		return product{fault: refuse("", "it does not build: %v", err)}
	}
	return product{path: path}
}

func (b *bench) goCommand(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // development: what is built is what its author named
	cmd.Dir = b.dev.From
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.WaitDelay = killGrace
	out, err := cmd.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		err = errNoGo
	}
	return out, err
}

// compilerWords are the compiler's own, by line, safe for a terminal.
func compilerWords(out []byte, err error) string {
	text := strings.TrimSpace(cut(string(out), maxReason))
	if text == "" {
		return err.Error()
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = printable(strings.ReplaceAll(line, "\t", "  "))
	}
	return strings.Join(lines, "\n")
}

// place is a folder where something may change; file is the only name in it that counts, "" for all source.
type place struct{ dir, file string }

// places are where a change asks for another making.
func (b *bench) places(ctx context.Context) []place {
	from, attached := strings.CutPrefix(b.dev.From, attachPrefix)
	if attached && strings.HasPrefix(from, "{") {
		return nil
	}
	if info, err := os.Stat(from); err != nil || !info.IsDir() {
		return []place{{filepath.Dir(from), filepath.Base(from)}}
	}
	// Every package that is no release's: the module's own, and those of modules that stand in for one.
	out, err := b.goCommand(ctx, "list", "-e", "-deps", "-f", "{{with .Module}}{{if or .Main .Replace}}{{$.Dir}}{{end}}{{end}}", ".")
	places := []place{{dir: from}}
	if err != nil {
		return places
	}
	for line := range bytes.Lines(out) {
		if dir := string(bytes.TrimSpace(line)); filepath.IsAbs(dir) && dir != from {
			places = append(places, place{dir: dir})
		}
	}
	return places
}

// source watches the places of one bench.
type source struct {
	log     *slog.Logger
	watcher *fsnotify.Watcher
	places  []place
}

// follow watches other places from now on. A folder that is not there yet is looked for again at the next wait.
func (s *source) follow(places []place) {
	if s.watcher == nil {
		w, err := fsnotify.NewWatcher()
		if err != nil {
			s.log.Warn("a plugin under development is not watched: restart the server to build it again", "err", err)
			return
		}
		s.watcher = w
	}
	s.places = places
	for _, p := range places {
		_ = s.watcher.Add(p.dir) // again is no harm
	}
}

func (s *source) close() {
	if s.watcher != nil {
		_ = s.watcher.Close()
	}
}

// wait returns when something changed and is quiet again. It returns false when ctx has ended.
func (s *source) wait(ctx context.Context) bool {
	var events <-chan fsnotify.Event
	var lost <-chan error
	if s.watcher != nil {
		events, lost = s.watcher.Events, s.watcher.Errors
	}
	look := time.NewTicker(poll)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-lost: //nolint:errcheck // events may be gone: make it again
			return true
		case <-look.C:
			if s.appeared() {
				return true
			}
		case e := <-events:
			if s.counts(e.Name) {
				calm(ctx, events)
				return ctx.Err() == nil
			}
		}
	}
}

// appeared tells whether a folder is there now that could not be watched before.
func (s *source) appeared() bool {
	if s.watcher == nil {
		return false
	}
	watched := map[string]bool{}
	for _, dir := range s.watcher.WatchList() {
		watched[dir] = true
	}
	for _, p := range s.places {
		if !watched[filepath.Clean(p.dir)] && s.watcher.Add(p.dir) == nil {
			return true
		}
	}
	return false
}

// counts tells whether a change of the file matters. Editors leave files of their own beside the one that is edited.
func (s *source) counts(path string) bool {
	dir, name := filepath.Split(path)
	if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") {
		return false
	}
	for _, p := range s.places {
		if filepath.Clean(dir) == filepath.Clean(p.dir) && (p.file == "" || p.file == name) {
			return true
		}
	}
	return false
}
