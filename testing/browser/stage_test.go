package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/need"
	"github.com/idplug/idplug/testing/program"
)

// stage is what stories share: one Chromium, and one server with all plugins beside one provider, on two host names. Each story has a window and a
// tenant of its own. Whatever no test asks for is not started.
type stage struct {
	bin     string
	world   func() (world, error)
	browser func() (context.Context, error)

	mu      sync.Mutex
	closing []func() error
	path    string // of Chromium
}

// world is the server and the provider of the stage.
type world struct {
	sites
	dir string
}

const operatorToken = "operator-token-of-the-browser-tests"

func newStage(bin string) *stage {
	s := &stage{bin: bin}
	s.world = sync.OnceValues(s.build)
	s.browser = sync.OnceValues(s.startBrowser)
	return s
}

// close ends what was started, the last first.
func (s *stage) close() error {
	var errs []error
	for _, end := range slices.Backward(s.closing) {
		errs = append(errs, end())
	}
	return errors.Join(errs...)
}

func (s *stage) atEnd(do func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = append(s.closing, do)
}

func (s *stage) chromium(t testing.TB) context.Context {
	t.Helper()
	path := need.Chromium(t)
	s.mu.Lock()
	s.path = path
	s.mu.Unlock()
	ctx, err := s.browser()
	require.NoError(t, err)
	return ctx
}

func (s *stage) startBrowser() (context.Context, error) {
	profile, err := os.MkdirTemp("", "idplug-chromium")
	if err != nil {
		return nil, err
	}
	flags := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	flags = append(flags,
		chromedp.ExecPath(s.path), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.IgnoreCertErrors,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(desktop, height),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("font-render-hinting", "none"), chromedp.Flag("lang", "en-US"),
		chromedp.WSURLReadTimeout(stepTime),
	)
	allocator, release := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, leave := chromedp.NewContext(allocator)
	s.atEnd(func() error {
		_ = chromedp.Cancel(ctx) // the profile is removed after this, so the browser must be gone
		leave()
		release()
		return os.RemoveAll(profile)
	})
	return ctx, chromedp.Do(ctx)
}

// build starts provider and server.
func (s *stage) build() (world, error) {
	dir, err := os.MkdirTemp("", "idplug-stage")
	if err != nil {
		return world{}, err
	}
	s.atEnd(func() error { return os.RemoveAll(dir) })
	idp, err := s.start(dir, "devidp", "--listen", "127.0.0.1:0", "--force-authn", "honour", "--key-seed", "browser")
	if err != nil {
		return world{}, err
	}
	plugins := filepath.Join(dir, "plugins.d")
	if err := os.Mkdir(plugins, 0o755); err != nil {
		return world{}, err
	}
	binaries, err := filepath.Glob(filepath.Join(s.bin, "idplug-provider-*"))
	if err != nil {
		return world{}, err
	}
	if out, err := exec.Command("install", append([]string{"-m", "0755", "-t", plugins}, binaries...)...).CombinedOutput(); err != nil {
		return world{}, fmt.Errorf("%w: %s", err, out)
	}
	port, err := program.FreePort(context.Background())
	if err != nil {
		return world{}, err
	}
	w := world{sites: sites{"http://localhost:" + port, idp.URL}, dir: dir}
	_, err = s.start(dir, "idplug", "serve", "--listen", "127.0.0.1:"+port, "--base-url", w.host, "--data-dir", filepath.Join(dir, "data"),
		"--plugin-dir", plugins, "--fetch-allow", idp.Addr, "--operator-token", operatorToken)
	return w, err
}

func (s *stage) start(dir, name string, args ...string) (*program.Process, error) {
	log := filepath.Join(dir, name+".log")
	p, err := program.Start(program.Command{
		Path: filepath.Join(s.bin, name), Args: args, Env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, Log: log,
	})
	if err != nil {
		said, _ := os.ReadFile(log)
		return nil, fmt.Errorf("%w: %s", err, said)
	}
	s.atEnd(func() error {
		code, err := p.Stop()
		if err == nil && code != 0 {
			err = fmt.Errorf("%s ended with %d", name, code)
		}
		if name != "idplug" {
			return err
		}
		found, searched := secretsOf(args).Host(log, argument(args, "--data-dir"))
		if err = errors.Join(err, searched); len(found) > 0 {
			err = errors.Join(err, fmt.Errorf("idplug left: %s", found[0]))
		}
		return err
	})
	return p, nil
}

// tenant is a customer of the application, with Ada as its administrator.
type tenant struct {
	world
	t    testing.TB
	slug string
	link string // makes Ada the first administrator, once
}

// newTenant makes a tenant as an operator does, named after the test.
func newTenant(t testing.TB, slug, name string) *tenant {
	t.Helper()
	w, err := theStage.world()
	require.NoError(t, err)
	create := exec.CommandContext(t.Context(), filepath.Join(theStage.bin, "idplug"), "--json", "tenant", "create", slug, "--name", name,
		"--admin", "ada@example.com", "--data-dir", filepath.Join(w.dir, "data"), "--base-url", w.host)
	create.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.dir}
	said, err := create.Output()
	require.NoError(t, err)
	var made struct {
		Link string `json:"administrator_link"`
	}
	require.NoError(t, json.Unmarshal(said, &made))
	require.True(t, strings.HasPrefix(made.Link, w.host), made.Link)
	n := &tenant{world: w, t: t, slug: slug, link: made.Link}
	n.api(http.MethodPut, "/inboxes", []map[string]string{{"key": "general", "name": "General"}, {"key": "emea", "name": "EMEA"}})
	return n
}

// api calls the tenant's part of the API as the operator.
func (n *tenant) api(method, path string, body any) {
	n.t.Helper()
	require.Less(n.t, call(n.t, method, n.host+"/api/v1/tenants/"+n.slug+path, operatorToken, body), 300)
}

// ssoOn turns SSO on by the API, for stories that begin later; more are further members of the settings document.
func (n *tenant) ssoOn(provider string, more map[string]any) {
	n.t.Helper()
	n.api(http.MethodPost, "/users", map[string]any{"email": "ada@example.com", "name": "Ada Lovelace", "roles": []string{"administrator"}})
	settings := map[string]any{"version": 0, "use_sso": true, "provider": provider, "metadata_url": n.metadata(provider)}
	maps.Copy(settings, more)
	n.api(http.MethodPut, "/sso", settings)
}

// metadata is the address of a provider's metadata.
func (n *tenant) metadata(provider string) string { return n.idp + "/" + provider + "/metadata" }

// administrator is Ada in a window of her own, signed in at the provider, on the Single Sign-On page.
func (n *tenant) administrator(width int) *chromium {
	n.t.Helper()
	c := open(n.t, width)
	c.visit(n.host+"/login/"+n.slug+"?return_to=/console/sso", "Who are you?")
	c.click("Ada Lovelace")
	c.see("Single Sign-On")
	return c
}

// signsIn is somebody in a window of their own who takes the road through the provider and ends on a page with the heading.
func (n *tenant) signsIn(person, heading string) *chromium {
	n.t.Helper()
	c := open(n.t, desktop)
	c.visit(n.host+"/login/"+n.slug, "Who are you?")
	c.click(person)
	c.see(heading)
	return c
}
