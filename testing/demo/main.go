// Command demo is what `make run` starts: the host on embedded storage, a development identity provider, the provider plugins, and tenants
// that are ready to sign in. It uses the web API as an administrator's script would, prints what to open and stops everything on Ctrl-C.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/idplug/idplug/testing/program"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var d demo
	flag.StringVar(&d.dir, "dir", ".idplug/demo", "folder for the demo's data; removed at the start")
	flag.StringVar(&d.listen, "listen", "127.0.0.1:8080", "address of the host; a free port is taken when it is in use")
	flag.StringVar(&d.bin, "bin", "", "folder of the programs (default: the one this program is in)")
	flag.Parse()
	if err := d.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// demo is one run.
type demo struct {
	dir, listen, bin string
	idp, host        *program.Process
}

func (d *demo) run(ctx context.Context) error {
	if err := d.prepare(); err != nil {
		return err
	}
	say("starting the development identity provider")
	var err error
	if d.idp, err = d.start("devidp", "--listen", "127.0.0.1:0", "--force-authn", "honour"); err != nil {
		return err
	}
	defer stop(d.idp)
	say("starting idplug with the plugins in %s", d.plugins())
	if d.host, err = d.startHost(); err != nil {
		return err
	}
	defer stop(d.host)
	tenants, err := d.setUp(ctx)
	if err != nil {
		return err
	}
	d.announce(tenants)
	select {
	case <-ctx.Done():
		say("\nstopping")
		return nil
	case <-d.host.Exited():
		return fmt.Errorf("the host stopped by itself: see %s", d.log("idplug"))
	case <-d.idp.Exited():
		return fmt.Errorf("the development identity provider stopped by itself: see %s", d.log("devidp"))
	}
}

func (d *demo) program(name string) string { return filepath.Join(d.bin, name) }
func (d *demo) log(name string) string     { return filepath.Join(d.dir, name+".log") }
func (d *demo) plugins() string            { return filepath.Join(d.dir, "plugins.d") }

// prepare makes the demo's folder anew and drops the plugin binaries, as an operator would.
func (d *demo) prepare() error {
	if d.bin == "" {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		d.bin = filepath.Dir(self)
	}
	if err := os.RemoveAll(d.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(d.plugins(), 0o755); err != nil { // #nosec G301 -- a plugin folder is no secret
		return err
	}
	binaries, err := filepath.Glob(d.program("idplug-provider-*"))
	if err != nil || len(binaries) == 0 {
		return fmt.Errorf("no plugins in %s: run `make build` first", d.bin)
	}
	for _, b := range binaries {
		if err := install(b, filepath.Join(d.plugins(), filepath.Base(b))); err != nil {
			return err
		}
	}
	return nil
}

// start starts one of our programs; what it says goes to its log.
func (d *demo) start(name string, args ...string) (*program.Process, error) {
	return program.Start(program.Command{Path: d.program(name), Args: args, Env: os.Environ(), Log: d.log(name)})
}

func (d *demo) startHost() (*program.Process, error) {
	return d.start("idplug", "serve", "--data-dir", filepath.Join(d.dir, "data"), "--plugin-dir", d.plugins(), "--listen", freeOr(d.listen),
		"--fetch-allow", d.idp.Addr, "--log-format", "text")
}

func stop(p *program.Process) {
	if _, err := p.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
	}
}

// freeOr returns the address, or a free port on the same host when it is in use.
func freeOr(address string) string {
	l, err := net.Listen("tcp", address)
	if err != nil {
		host, _, _ := net.SplitHostPort(address)
		return net.JoinHostPort(host, "0")
	}
	_ = l.Close()
	return address
}

func say(format string, args ...any) { fmt.Printf(format+"\n", args...) }

func (d *demo) announce(tenants []tenant) {
	say("\nidplug runs at %s\n\nOpen one of these in your browser and pick a person:\n", d.host.URL)
	width := 0
	for _, t := range tenants {
		width = max(width, len(t.title))
	}
	for _, t := range tenants {
		say("  %-*s  %s/login/%s", width, t.title, d.host.URL, t.slug)
	}
	say("\nThen %s/session shows who you are as applications see it, %s/console how the settings stand,", d.host.URL, d.host.URL)
	say("and %s/api/docs the API (bearer token: %s).", d.host.URL, filepath.Join(d.dir, "data", "operator-token"))
	say("The identity provider and its people: %s", d.idp.URL)
	say("Invitations wait at %s/console/mail: set IDPLUG_SMTP_URL, to a mail catcher perhaps, and they go.", d.host.URL)
	say("Logs: %s/*.log\n\nCtrl-C stops everything.", d.dir)
}
