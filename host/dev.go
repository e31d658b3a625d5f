package host

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/idplug/idplug/host/catalog"
	"github.com/idplug/idplug/host/sandbox"
)

const devPluginKey = "dev_plugin"

// splitDev cuts at commas, as an environment variable needs it, but leaves JSON whole.
func splitDev(in []string) []string {
	var out []string
	for _, s := range in {
		switch {
		case s == "":
		case strings.Contains(s, "{"):
			out = append(out, s)
		default:
			out = append(out, strings.Split(s, ",")...)
		}
	}
	return out
}

// devPlugins reads the plugins under development.
func (c Config) devPlugins() ([]catalog.Dev, error) {
	var out []catalog.Dev
	seen := map[string]bool{}
	for _, text := range c.DevPlugin {
		d, err := catalog.ParseDev(text)
		switch {
		case err != nil:
			return nil, err
		case seen[string(d.Key)]:
			return nil, fmt.Errorf("%s is given twice", d.Key)
		}
		seen[string(d.Key)] = true
		out = append(out, d)
	}
	return out, nil
}

// checkDev refuses plugins under development wherever anybody but this machine could reach them: they run unchecked and without a sandbox. What
// makes a host one for development is its loopback address, its loopback origin and its embedded database.
func (c Config) checkDev() []error {
	var errs []error
	refuse := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("config: %s: %s", devPluginKey, fmt.Sprintf(format, args...)))
	}
	if _, err := c.devPlugins(); err != nil {
		refuse("%v", err)
	}
	if host, _, err := net.SplitHostPort(c.Listen); err == nil && !isLoopback(host) {
		refuse("is for development: set listen to a loopback address such as 127.0.0.1:8080, not %s", c.Listen)
	}
	if u, err := url.Parse(c.BaseURL); c.BaseURL != "" && (err != nil || !isLoopback(u.Hostname())) {
		refuse("is for development: leave base_url out, or give it a loopback host, not %s", c.BaseURL)
	}
	if c.DatabaseURL != "" {
		refuse("is for development: leave database_url out, the embedded database will do")
	}
	if c.PluginTrust == string(catalog.TrustPinned) {
		refuse("plugin_trust is pinned, and what is being developed is on no list: set it to directory")
	}
	if c.PluginSandbox == string(sandbox.Strict) {
		refuse("plugin_sandbox is strict, and plugins under development have no sandbox: set it to auto")
	}
	return errs
}

// warnOfDev says aloud what this server is.
func (h *Host) warnOfDev(ctx context.Context) {
	if len(h.config.DevPlugin) > 0 {
		h.log.WarnContext(ctx, "DEVELOPMENT: plugins run unchecked and without a sandbox; nobody else's people may sign in here", devPluginKey, h.config.DevPlugin)
	}
}
