package host

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// Config is the deployment's configuration. Every field is a flag, an environment variable and a key of the YAML file; see [Options].
type Config struct {
	Listen         string        `koanf:"listen"`
	BaseURL        string        `koanf:"base_url"`
	TLSCert        string        `koanf:"tls_cert"`
	TLSKey         string        `koanf:"tls_key"`
	DataDir        string        `koanf:"data_dir"`
	DatabaseURL    string        `koanf:"database_url"`
	MasterKey      string        `koanf:"master_key"`
	PluginDir      string        `koanf:"plugin_dir"`
	PluginTrust    string        `koanf:"plugin_trust"`
	PluginSandbox  string        `koanf:"plugin_sandbox"`
	DevPlugin      []string      `koanf:"dev_plugin"`
	OperatorToken  string        `koanf:"operator_token"`
	FetchAllow     []string      `koanf:"fetch_allow"`
	TrustedProxies []string      `koanf:"trusted_proxies"`
	SMTPURL        string        `koanf:"smtp_url"`
	MailFrom       string        `koanf:"mail_from"`
	SessionTTL     time.Duration `koanf:"session_ttl"`
	SessionIdle    time.Duration `koanf:"session_idle"`
	ClockSkew      time.Duration `koanf:"clock_skew"`
	OpsListen      string        `koanf:"ops_listen"`
	LogFormat      string        `koanf:"log_format"`
	LogLevel       string        `koanf:"log_level"`
	InsecureHTTP   bool          `koanf:"insecure_http"`

	// PluginShim is no option: it is the executable that shuts plugins in, sandbox.Self in a program whose main begins with sandbox.Main. "" = none.
	PluginShim string `koanf:"-"`
}

// Option is one option of [Config]: its flag and key, what it is when nobody sets it, and what it means.
type Option struct {
	Key     string // of the YAML file: "base_url"
	Default string
	Help    string
	// Serve: only the server needs it; the other commands do not show it.
	Serve bool
}

// Flag is the option's command-line flag, without the dashes: "base-url".
func (o Option) Flag() string { return strings.ReplaceAll(o.Key, "_", "-") }

// Env is the option's environment variable: "IDPLUG_BASE_URL".
func (o Option) Env() string { return envPrefix + strings.ToUpper(o.Key) }

const envPrefix = "IDPLUG_"

// Options lists every option in the order of the documentation.
func Options() []Option {
	return []Option{
		{"listen", "127.0.0.1:8080", "address to listen on; port 0 takes a free one", false},
		{"base_url", "", "public origin, such as https://sso.example.com; all SAML addresses are built from it (default http://{listen})", false},
		{"tls_cert", "", "PEM file with the certificate chain, to serve HTTPS directly", true},
		{"tls_key", "", "PEM file with the private key of tls_cert", true},
		{"data_dir", "./.idplug", "folder of the embedded database, the generated master key and the operator token", false},
		{"database_url", "", "postgres://… for production (default: SQLite in the data folder)", false},
		{"master_key", "", "base64 of 32 bytes; seals private keys and cookies (default: generated into the data folder)", false},
		{"plugin_dir", "./plugins.d", "folder where operators drop provider binaries", false},
		{"plugin_trust", "directory", "what makes a binary trusted: directory (owner and mode) or pinned (SHA256SUMS, too)", false},
		{"plugin_sandbox", "auto", "auto: whatever the machine grants; strict: refuse to run with less than everything; off", false},
		{devPluginKey, "", "KEY=FOLDER (a Go package, built when saved), KEY=BINARY or KEY=attach:FILE; may be repeated; on a loopback address only", true},
		{"operator_token", "", "bearer token of the operator (default: generated into the data folder)", true},
		{"fetch_allow", "", "host:port list that metadata may be fetched from although private, and over http (development)", true},
		{"trusted_proxies", "", "networks (CIDR) or addresses of the proxies in front, whose X-Forwarded-For or Forwarded is believed", true},
		{"smtp_url", "", "smtp(s)://user:password@host:port of the server that takes mail; without it mail waits in the queue and the console shows it", true},
		{"mail_from", "", "address that mail is sent from, with or without a name (default: idplug@ the host of base_url)", true},
		{"session_ttl", "12h", "how long a session lasts at most", true},
		{"session_idle", "2h", "how long a session lasts without use", true},
		{"clock_skew", "180s", "how far provider clocks may be off", true},
		{"ops_listen", "", "second address for /metrics, /readyz and pprof; without it the first two are on the main one and pprof is off", true},
		{"log_format", "", "text or json (default: text on a terminal, else json)", true},
		{"log_level", "info", "debug, info, warn or error", true},
		{"insecure_http", "false", "accept an http base URL that is not on a loopback host: cookies and sign-ins can then be read on the way", true},
	}
}

// AddFlags adds the options to a command; those that only the server needs are left out unless serve is set.
func AddFlags(flags *pflag.FlagSet, serve bool) {
	for _, o := range Options() {
		if o.Serve && !serve {
			continue
		}
		help := o.Help + " [$" + o.Env() + "]"
		switch {
		case o.Default == "false":
			flags.Bool(o.Flag(), false, help)
		case o.Key == devPluginKey: // what to attach to is JSON, with commas of its own
			flags.StringArray(o.Flag(), nil, help)
		default:
			flags.String(o.Flag(), o.Default, help)
		}
	}
	flags.String("config", "", "YAML file with the same options, base_url and so on [$IDPLUG_CONFIG]")
}

// LoadConfig reads the configuration: a flag that was set beats the environment, which beats the file, which beats the default.
func LoadConfig(flags *pflag.FlagSet) (Config, error) {
	k := koanf.New(".")
	known := map[string]bool{}
	for _, o := range Options() {
		known[o.Key] = true
		if err := k.Set(o.Key, o.Default); err != nil {
			return Config{}, fmt.Errorf("config: %w", err)
		}
	}
	if err := loadFile(k, flags, known); err != nil {
		return Config{}, err
	}
	fromEnv := env.Provider(".", env.Opt{Prefix: envPrefix, TransformFunc: func(name, value string) (string, any) {
		key := strings.ToLower(strings.TrimPrefix(name, envPrefix))
		if !known[key] || value == "" {
			return "", nil
		}
		return key, value
	}})
	if err := k.Load(fromEnv, nil); err != nil {
		return Config{}, fmt.Errorf("config: environment: %w", err)
	}
	fromFlags := posflag.ProviderWithFlag(flags, ".", nil, func(f *pflag.Flag) (string, any) {
		key := strings.ReplaceAll(f.Name, "-", "_")
		if !f.Changed || !known[key] {
			return "", nil
		}
		return key, posflag.FlagVal(flags, f)
	})
	if err := k.Load(fromFlags, nil); err != nil {
		return Config{}, fmt.Errorf("config: flags: %w", err)
	}
	var c Config
	if err := k.Unmarshal("", &c); err != nil {
		return Config{}, fmt.Errorf("config: %w", err)
	}
	return c, c.check()
}

func loadFile(k *koanf.Koanf, flags *pflag.FlagSet, known map[string]bool) error {
	path, _ := flags.GetString("config")
	if path == "" {
		path = os.Getenv(envPrefix + "CONFIG")
	}
	if path == "" {
		return nil
	}
	fromFile := koanf.New(".")
	if err := fromFile.Load(file.Provider(path), yaml.Parser()); err != nil {
		return fmt.Errorf("config: %s: %w", path, err)
	}
	for _, key := range fromFile.Keys() {
		if !known[key] {
			return fmt.Errorf("config: %s: there is no option %q", path, key)
		}
	}
	if err := k.Merge(fromFile); err != nil {
		return fmt.Errorf("config: %s: %w", path, err)
	}
	return nil
}

// check refuses what cannot work, naming the option and the remedy.
func (c *Config) check() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("config: %s: %s", key, fmt.Sprintf(format, args...)))
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		bad("listen", "%q is not host:port", c.Listen)
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		bad("tls_cert, tls_key", "give both or neither")
	}
	oneOf := func(key, value string, allowed ...string) {
		if !slices.Contains(allowed, value) {
			bad(key, "%q is not one of %s", value, strings.Join(allowed, ", "))
		}
	}
	oneOf("plugin_trust", c.PluginTrust, "directory", "pinned")
	oneOf("plugin_sandbox", c.PluginSandbox, "auto", "strict", "off")
	oneOf("log_format", c.LogFormat, "", "text", "json")
	oneOf("log_level", c.LogLevel, "debug", "info", "warn", "error")
	for key, d := range map[string]time.Duration{"session_ttl": c.SessionTTL, "session_idle": c.SessionIdle} {
		if d < time.Minute {
			bad(key, "must be a minute at least")
		}
	}
	if c.ClockSkew < 0 || c.ClockSkew > 10*time.Minute {
		bad("clock_skew", "must be between 0 and 10m")
	}
	c.TrustedProxies = splitList(c.TrustedProxies)
	if _, err := c.ProxyNetworks(); err != nil {
		bad("trusted_proxies", "%v", err)
	}
	c.FetchAllow = splitList(c.FetchAllow)
	for _, hostport := range c.FetchAllow {
		if _, _, err := net.SplitHostPort(hostport); err != nil {
			bad("fetch_allow", "%q is not host:port", hostport)
		}
	}
	if c.DatabaseURL != "" && !strings.HasPrefix(c.DatabaseURL, "postgres://") && !strings.HasPrefix(c.DatabaseURL, "postgresql://") {
		bad("database_url", "must start with postgres:// (leave it empty for the embedded database)")
	}
	errs = append(errs, c.checkMail()...)
	if c.BaseURL != "" {
		if err := checkOrigin(c.BaseURL, c.InsecureHTTP); err != nil {
			bad("base_url", "%v", err)
		}
	}
	if c.DevPlugin = splitDev(c.DevPlugin); len(c.DevPlugin) > 0 {
		errs = append(errs, c.checkDev()...)
	}
	return errors.Join(errs...)
}

// ProxyNetworks are the networks of [Config.TrustedProxies], where a single address is a network of its own. A loaded configuration has no error.
func (c Config) ProxyNetworks() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range c.TrustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, err := netip.ParseAddr(text)
			if err != nil || address.Zone() != "" {
				return nil, fmt.Errorf("%q is neither a network such as 10.0.0.0/8 nor an address", text)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		if prefix.Bits() == 0 {
			return nil, fmt.Errorf("%q trusts everybody: anybody could say to be anybody", text)
		}
		if prefix.Addr().Is4In6() {
			return nil, fmt.Errorf("%q: write the IPv4 network itself", text)
		}
		out = append(out, prefix.Masked())
	}
	return out, nil
}

func splitList(in []string) []string {
	var out []string
	for _, s := range in {
		for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == ' ' }) {
			out = append(out, part)
		}
	}
	return out
}

// checkOrigin accepts an https origin; an http one on a loopback host, or anywhere when insecure.
func checkOrigin(origin string, insecure bool) error {
	u, err := url.Parse(origin)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return errors.New("must be an origin such as https://sso.example.com")
	case u.Path != "" && u.Path != "/", strings.ContainsAny(origin, "?#"), u.User != nil:
		return errors.New("must be an origin only: scheme, host and port")
	case u.Scheme == "http" && !insecure && !isLoopback(u.Hostname()):
		return errors.New("http is for loopback hosts: use https, or set insecure_http if you know what you do")
	}
	return nil
}

// plainOrigin writes an origin as browsers do: scheme and host in lower case. The cookies of "HTTPS://…" would be those of http otherwise.
func plainOrigin(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return origin // refused
	}
	return u.Scheme + "://" + strings.ToLower(u.Host)
}

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// origin is the public origin, given the address really listened on.
func (c Config) origin(listening net.Addr) string {
	if c.BaseURL != "" {
		return plainOrigin(c.BaseURL)
	}
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(c.Listen)
	if listening != nil {
		_, port, _ = net.SplitHostPort(listening.String())
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "localhost" // an address to listen on everywhere is none to go to
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// path is a file of the data folder.
func (c Config) path(name string) string { return filepath.Join(c.DataDir, name) }
