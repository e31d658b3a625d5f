package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/catalog"
)

// Plugins lists the plugin binaries: as the running server sees them when there is one on this data folder, else by starting each here. live
// says which it was.
func Plugins(ctx context.Context, c Config, log *slog.Logger) (list []sso.PluginStatus, live bool, err error) {
	var page struct {
		Items []pluginDocument `json:"items"`
	}
	if err := askServer(ctx, c, http.MethodGet, "", nil, &page); err == nil {
		for _, p := range page.Items {
			list = append(list, p.status())
		}
		return list, true, nil
	}
	c.DevPlugin = nil // a server's business
	if err := prepareDataDir(c.DataDir); err != nil {
		return nil, false, err
	}
	cat, err := openCatalog(ctx, c, nil, log)
	if err != nil {
		return nil, false, err
	}
	return cat.Plugins(), false, cat.Close()
}

// LockPlugins pins the binaries that lie in the plugin folder now, for plugin_trust pinned.
func LockPlugins(c Config) ([]catalog.Pin, error) { return catalog.Lock(c.PluginDir) }

// PinPlugin holds a plugin at a version that served, by version or by the beginning of its SHA-256; which "" follows the folder again. The running
// server does it when there is one on this data folder, and then this returns when the version serves, or cannot; else the next server does it.
func PinPlugin(ctx context.Context, c Config, key sso.ProviderKey, which string) (p sso.PluginStatus, live bool, err error) {
	version, sum := which, ""
	if looksLikeSum(which) {
		version, sum = "", which
	}
	var doc pluginDocument
	err = askServer(ctx, c, http.MethodPost, "/"+string(key)+"/pin", map[string]string{"version": version, "sha256": sum}, &doc)
	switch {
	case err == nil:
		return awaitPin(ctx, c, doc), true, nil
	case !errors.Is(err, errNoServer):
		return p, true, err
	}
	v, err := catalog.SetPin(c.path(pluginState), key, version, sum)
	return sso.PluginStatus{Key: key, Pin: v.SHA256, Version: v.Version, SHA256: v.SHA256}, false, err
}

// looksLikeSum tells the beginning of a hash from a version: versions have dots.
func looksLikeSum(s string) bool {
	const least = 6 // digits
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return len(s) >= least
}

// awaitPin waits until what is pinned serves, or it is known why not.
func awaitPin(ctx context.Context, c Config, p pluginDocument) sso.PluginStatus {
	const enough, pause = 5 * time.Second, 50 * time.Millisecond
	for deadline := time.Now().Add(enough); p.Pin != "" && p.SHA256 != p.Pin && p.Reason == "" && time.Now().Before(deadline); {
		select {
		case <-ctx.Done():
			return p.status()
		case <-time.After(pause):
		}
		var now pluginDocument
		if askServer(ctx, c, http.MethodGet, "/"+string(p.Key), nil, &now) != nil {
			break
		}
		p = now
	}
	return p.status()
}

// RestartPlugin has the running server replace a plugin's process.
func RestartPlugin(ctx context.Context, c Config, key sso.ProviderKey) (sso.PluginStatus, error) {
	var doc pluginDocument
	err := askServer(ctx, c, http.MethodPost, "/"+string(key)+"/restart", nil, &doc)
	return doc.status(), err
}

// pluginDocument is a plugin as the API shows it.
type pluginDocument struct {
	Key     sso.ProviderKey `json:"key"`
	File    string          `json:"file"`
	Version string          `json:"version"`
	SHA256  string          `json:"sha256"`
	State   sso.PluginState `json:"state"`
	Reason  string          `json:"reason"`
	Fix     string          `json:"fix"`
	Sandbox string          `json:"sandbox"`
	Missing []struct {
		Step string `json:"step"`
		Why  string `json:"why"`
	} `json:"sandbox_missing"`
	Refused []struct {
		What  string `json:"what"`
		Count int    `json:"count"`
	} `json:"sandbox_refused"`
	Restarts   int              `json:"restarts"`
	LastExit   string           `json:"last_exit"`
	Since      time.Time        `json:"since"`
	PID        int              `json:"pid"`
	Breaker    sso.BreakerState `json:"breaker"`
	InFlight   int              `json:"in_flight"`
	LogDropped int              `json:"log_dropped"`
	Pin        string           `json:"pin"`
	Versions   []struct {
		Version  string    `json:"version"`
		SHA256   string    `json:"sha256"`
		ServedAt time.Time `json:"served_at"`
	} `json:"versions"`
}

func (p pluginDocument) status() sso.PluginStatus {
	s := sso.PluginStatus{
		Key: p.Key, File: p.File, Version: p.Version, SHA256: p.SHA256, State: p.State, Reason: p.Reason, Fix: p.Fix, Sandbox: p.Sandbox,
		Restarts: p.Restarts, LastExit: p.LastExit, Since: p.Since, PID: p.PID, Breaker: p.Breaker, InFlight: p.InFlight, LogDropped: p.LogDropped,
		Pin: p.Pin,
	}
	for _, m := range p.Missing {
		s.Missing = append(s.Missing, sso.SandboxGap(m))
	}
	for _, a := range p.Refused {
		s.Refused = append(s.Refused, sso.PluginAttempt(a))
	}
	for _, v := range p.Versions {
		s.Versions = append(s.Versions, sso.PluginVersion(v))
	}
	return s
}

// errNoServer says that there is no server to ask.
var errNoServer = errors.New("no server runs on this data folder")

// askServer asks the API for plugins, at the server that left its address in the data folder.
func askServer(ctx context.Context, c Config, method, path string, body, reply any) error {
	if _, err := os.Stat(c.path(addressFile)); err != nil {
		return errNoServer
	}
	token := c.OperatorToken // else the server made one
	if token == "" {
		var err error
		if token, err = readToken(c.path(tokenFile)); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			return fmt.Errorf("host: plugins: %w", err)
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, c.knownOrigin()+"/api/v1/plugins"+path, &sent)
	if err != nil {
		return fmt.Errorf("host: plugins: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return errors.Join(errNoServer, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return refusedBy(response)
	}
	if err := json.NewDecoder(response.Body).Decode(reply); err != nil {
		return fmt.Errorf("host: plugins: %w", err)
	}
	return nil
}

// refusedBy makes the error of a server's problem document, in the words of the document.
func refusedBy(response *http.Response) error {
	var problem struct {
		Code   sso.Code `json:"code"`
		Detail string   `json:"detail"`
		Title  string   `json:"title"`
	}
	if json.NewDecoder(response.Body).Decode(&problem) != nil || problem.Code == "" {
		return fmt.Errorf("host: plugins: the server answered %s", response.Status)
	}
	return fmt.Errorf("%s: %s %s", problem.Code, problem.Title, problem.Detail)
}
