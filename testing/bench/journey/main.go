// Command journey prints how long a vendor's way is on this machine, from nothing to a provider that a running idplug offers, and what each provider
// of the product weighs. A step that fails, or a provider that breaks a rule, makes it end with code 1; times are printed beside their target and
// never asserted. `make vendor-journey` runs it, for a minute or two on a warm module cache.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/idplug/idplug/testing/program"
)

// target is how long a machine may take for the whole way.
const target = 3 * time.Minute

func main() {
	providers := flag.String("providers", "", "keys of the providers to weigh, by commas (default: all)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, os.Stderr, *providers)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "journey:", err)
		os.Exit(1)
	}
}

// journey is one vendor's.
type journey struct {
	out, progress io.Writer
	root          string // of the source tree
	dir           string // everything is made below
	took          time.Duration
}

func run(ctx context.Context, out, progress io.Writer, providers string) error {
	root, err := program.Root(ctx)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "idplug-journey")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	j := &journey{out: out, progress: progress, root: root, dir: dir}
	if err := j.vendor(ctx); err != nil {
		return err
	}
	return j.weigh(ctx, providers)
}

// vendor goes from nothing to a provider that can be chosen.
func (j *journey) vendor(ctx context.Context) error {
	module := filepath.Join(j.dir, "idplug-provider-acme")
	binary := filepath.Join(module, "bin", "idplug-provider-acme")
	idplug := filepath.Join(j.dir, "idplug")
	fmt.Fprintln(j.out, "from nothing to a provider that can be chosen")
	for _, s := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"build idplug", func(ctx context.Context) error { return program.Build(ctx, j.dir, "./cmd/idplug") }},
		{"plugin new", j.command(j.dir, idplug, "plugin", "new", "acme", "--sdk", j.root)},
		{"make test", j.command(module, "make", "test")},
		{"make check", j.command(module, "make", "check", "IDPLUG="+idplug)},
		{"install; selectable", func(ctx context.Context) error { return j.selectable(ctx, idplug, binary) }},
	} {
		if err := j.step(ctx, s.name, s.do); err != nil {
			return err
		}
	}
	fmt.Fprintf(j.out, "  %-22s %8s   target %s\n\n", "the whole way", short(j.took), target)
	return nil
}

func (j *journey) step(ctx context.Context, name string, do func(context.Context) error) error {
	fmt.Fprintf(j.progress, "journey: %s …\n", name)
	began := time.Now()
	if err := do(ctx); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	took := time.Since(began)
	j.took += took
	fmt.Fprintf(j.out, "  %-22s %8s\n", name, short(took))
	return nil
}

func (j *journey) command(dir, name string, args ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		return nil
	}
}

func short(d time.Duration) string { return d.Round(10 * time.Millisecond).String() }

// selectable starts a server, installs the plugin beside it as an operator does, and waits until the server offers it.
func (j *journey) selectable(ctx context.Context, idplug, binary string) error {
	plugins := filepath.Join(j.dir, "plugins.d")
	if err := os.Mkdir(plugins, 0o755); err != nil {
		return err
	}
	options := []string{"--data-dir", filepath.Join(j.dir, "data"), "--plugin-dir", plugins}
	server, err := program.Start(program.Command{
		Path: idplug, Args: append([]string{"serve", "--listen", "127.0.0.1:0"}, options...), Env: os.Environ(), Log: filepath.Join(j.dir, "serve.log"),
	})
	if err != nil {
		return err
	}
	defer func() { _ = server.Kill() }()
	if err := j.command(j.dir, "install", "-m", "0755", binary, plugins)(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		out, err := exec.CommandContext(ctx, idplug, append([]string{"plugin", "list"}, options...)...).CombinedOutput()
		switch {
		case err != nil:
			return fmt.Errorf("%w\n%s", err, out)
		case strings.Contains(strings.Join(strings.Fields(string(out)), " "), "acme ready 0.1.0"):
			_, err := server.Stop()
			return err
		case strings.Contains(string(out), "mend it"):
			return fmt.Errorf("it is not taken:\n%s", out)
		}
	}
	return ctx.Err()
}
