package catalog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/sandbox"
)

// Dev is a provider under development. It runs without the sandbox and is not judged as a file of the plugin folder is, so only a host that
// nobody but its own machine can reach may have one.
type Dev struct {
	Key sso.ProviderKey
	// From is a folder with a Go main package, built whenever a file of it is saved; a binary, taken whenever it changes; or "attach:" and what
	// a plugin prints for --debug, or the file it writes that to: then the process that a debugger runs is spoken to, and none is started.
	From string
}

const attachPrefix = "attach:"

// ParseDev reads "acme=./cmd/acme", "acme=./bin/idplug-provider-acme", "acme=attach:FILE" or "acme=attach:{JSON}".
func ParseDev(text string) (Dev, error) {
	key, from, _ := strings.Cut(text, "=")
	d := Dev{Key: sso.ProviderKey(key), From: from}
	if !d.Key.Valid() || strings.TrimPrefix(from, attachPrefix) == "" {
		return d, fmt.Errorf("%q is not KEY=FOLDER, KEY=BINARY or KEY=attach:FILE", text)
	}
	if address, ok := strings.CutPrefix(from, attachPrefix); ok && strings.HasPrefix(address, "{") {
		if _, err := parseAttachment([]byte(address)); err != nil {
			return d, fmt.Errorf("%s: %w", key, err)
		}
	}
	return d, nil
}

// workshop is where the plugins under development are made: one goroutine for each makes, the catalogue's loop takes what was made.
type workshop struct {
	benches map[sso.ProviderKey]*bench
	made    chan struct{} // something was
	working sync.WaitGroup
}

// openWorkshop prepares a place for each plugin; work begins with [workshop.open].
func openWorkshop(devs []Dev, stateDir string, log *slog.Logger) (*workshop, error) {
	w := &workshop{benches: map[sso.ProviderKey]*bench{}, made: make(chan struct{}, 1)}
	for _, d := range devs {
		out := filepath.Join(stateDir, "dev", string(d.Key))
		if err := os.MkdirAll(out, 0o700); err != nil {
			return nil, fmt.Errorf("catalog: workshop: %w", err)
		}
		b := &bench{dev: d, out: out, log: log.With("plugin", string(d.Key))}
		if !strings.HasPrefix(d.From, attachPrefix) {
			path, err := filepath.Abs(d.From)
			if err != nil {
				return nil, fmt.Errorf("catalog: workshop: %w", err)
			}
			b.dev.From = path
		}
		w.benches[d.Key] = b
	}
	return w, nil
}

// open starts the work, until ctx ends.
func (w *workshop) open(ctx context.Context) {
	for _, b := range w.benches {
		w.working.Go(func() { b.work(ctx, w.made) })
	}
}

// close waits until all work has ended; its context must have.
func (w *workshop) close() { w.working.Wait() }

// develop brings what the workshop made last into service. It runs on the catalogue's loop, as everything that takes files does.
func (c *Catalog) develop(ctx context.Context) {
	for key, b := range c.workshop.benches {
		u := c.unit(ctx, key, b.dev.From)
		p := b.latest()
		switch {
		case p.fault != nil:
			u.reject(*p.fault)
		case p.attach != nil:
			u.set(wanted{sum: p.attach.sum(), attach: *p.attach}, refusal{})
		case p.number == 0:
			u.update(func(s *sso.PluginStatus) { s.Reason = "it is being built" })
		default:
			w, err := c.takeDev(key, p)
			if err != nil {
				u.reject(*refuse("", "%v", err))
				continue
			}
			u.set(w, refusal{})
		}
	}
}

// takeDev copies what was made into the vault, once.
func (c *Catalog) takeDev(key sso.ProviderKey, p product) (wanted, error) {
	file := fmt.Sprintf("%s#%d", p.path, p.number)
	if t, ok := c.taken[key]; ok && t.file == file {
		return t.wanted, nil
	}
	sum, copied, err := c.vault.take(p.path)
	if err != nil {
		return wanted{}, err
	}
	t := taken{file: file, wanted: wanted{sum: sum, path: copied}}
	c.taken[key] = t
	return t.wanted, nil
}

// optionsFor are the options of one provider's unit.
func (c *Catalog) optionsFor(key sso.ProviderKey) Options {
	o := c.opts
	if c.workshop.benches[key] != nil {
		o.Sandbox = sandbox.Box{Mode: sandbox.Off}
	}
	return o
}

// product is what a bench made last: a binary, a process to attach to, or what is wrong.
type product struct {
	number int // of the making; 0 before the first
	path   string
	attach *attachment
	fault  *refusal
}

// bench is the place of one plugin under development.
type bench struct {
	dev Dev
	out string // folder for what is built
	log *slog.Logger

	mu   sync.Mutex
	last product
}

func (b *bench) latest() product {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

func (b *bench) put(p product) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p.number = b.last.number + 1
	b.last = p
}

// work makes the plugin, and again whenever what it is made of changes.
func (b *bench) work(ctx context.Context, made chan<- struct{}) {
	watch := source{log: b.log}
	defer watch.close()
	for {
		watch.follow(b.places(ctx)) // before it is made: what is saved meanwhile is then a change
		p := b.make(ctx)
		if ctx.Err() != nil {
			return
		}
		b.put(p)
		select {
		case made <- struct{}{}:
		default:
		}
		if !watch.wait(ctx) {
			return
		}
	}
}

// make builds the plugin, or finds it.
func (b *bench) make(ctx context.Context) product {
	if text, ok := strings.CutPrefix(b.dev.From, attachPrefix); ok {
		return attachTo(text)
	}
	info, err := os.Stat(b.dev.From)
	switch {
	case err != nil:
		return product{fault: refuse("", "there is nothing at %s", b.dev.From)}
	case info.IsDir():
		return b.build(ctx)
	case !info.Mode().IsRegular():
		return product{fault: refuse("", "%s is neither a folder nor a binary", b.dev.From)}
	}
	return product{path: b.dev.From}
}

func attachTo(text string) product {
	raw := []byte(text)
	if !strings.HasPrefix(text, "{") {
		var err error
		if raw, err = os.ReadFile(text); err != nil {
			return product{fault: refuse("start the plugin under the debugger with --debug "+text, "it does not run: there is no %s", text)}
		}
	}
	a, err := parseAttachment(raw)
	if err != nil {
		return product{fault: refuse("start the plugin again with --debug", "%v", err)}
	}
	return product{attach: &a}
}

var errNoGo = errors.New("the go command is not in PATH")
