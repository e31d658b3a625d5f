// Command devidp runs the development identity provider of testing/devidp: eight providers in one, people of your choice, no
// passwords. It is a tool for development and demos and never part of a deployment.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/idplug/idplug/testing/devidp"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "devidp:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	listen, baseURL, people, forceAuthn, keySeed string
	dialects, trusted                            []string
	sessionTTL                                   time.Duration
}

func command() *cobra.Command {
	var o options
	c := &cobra.Command{
		Use:   "devidp",
		Short: "A development identity provider that speaks the dialects of Okta, PingOne, Google Workspace, Azure, AD FS, OneLogin, JumpCloud and Shibboleth",
		Long: `devidp signs anybody in as anybody: choose a person on its page and it answers in the provider's dialect.

It prints "listening on <url>"; open that for metadata URLs, tiles and people. Service providers whose entity ID is a URL on
this machine are trusted by themselves, others with --trust. GET <url>/_control shows the state as JSON, and there

  PATCH /_control/{dialect}          honour_force_authn, sign (assertion|response|both), skew_seconds, bare, encrypt, cipher
  POST  /_control/{dialect}/rotate   a new signing key
  POST  /_control/{dialect}/signout  end every session
  GET   /_control/{dialect}/last     the last response sent
  PUT, DELETE /_control/people/{login}
  POST  /_control/service-providers  body: SAML metadata

Not for production.`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(c *cobra.Command, _ []string) error { return run(c, o) },
	}
	f := c.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	f.StringVar(&o.baseURL, "base-url", "", "public origin (default http://{listen})")
	f.StringSliceVar(&o.dialects, "dialects", nil, "of okta, pingone, google-workspace, azure, adfs, onelogin, jumpcloud, saml (default all)")
	f.StringVar(&o.people, "people", "", "JSON file: [{login, email, first_name, last_name, id, groups, attributes}] (default three people)")
	f.StringSliceVar(&o.trusted, "trust", nil, "files with the SAML metadata of service providers")
	f.StringVar(&o.forceAuthn, "force-authn", "ignore", "honour or ignore ForceAuthn=true")
	f.StringVar(&o.keySeed, "key-seed", "", "make the same keys at every start from this text")
	f.DurationVar(&o.sessionTTL, "session-ttl", 8*time.Hour, "how long a sign-in is remembered")
	return c
}

func run(c *cobra.Command, o options) error {
	cfg, err := o.config()
	if err != nil {
		return err
	}
	cfg.Logger = slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil))
	server, err := devidp.Start(o.listen, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.OutOrStdout(), "listening on", server.URL())
	<-c.Context().Done()
	grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return server.Close(grace)
}

func (o options) config() (devidp.Config, error) {
	cfg := devidp.Config{BaseURL: strings.TrimSuffix(o.baseURL, "/"), KeySeed: o.keySeed, SessionTTL: o.sessionTTL}
	switch o.forceAuthn {
	case "honour":
		cfg.HonourForceAuthn = true
	case "ignore":
	default:
		return cfg, fmt.Errorf("--force-authn: %q is neither honour nor ignore", o.forceAuthn)
	}
	for _, key := range o.dialects {
		d, err := devidp.DialectByKey(key)
		if err != nil {
			return cfg, fmt.Errorf("--dialects: %w", err)
		}
		cfg.Dialects = append(cfg.Dialects, d)
	}
	for _, name := range o.trusted {
		doc, err := os.ReadFile(name)
		if err != nil {
			return cfg, fmt.Errorf("--trust: %w", err)
		}
		cfg.ServiceProviders = append(cfg.ServiceProviders, doc)
	}
	if o.people != "" {
		doc, err := os.ReadFile(o.people)
		if err != nil {
			return cfg, fmt.Errorf("--people: %w", err)
		}
		d := json.NewDecoder(bytes.NewReader(doc))
		d.DisallowUnknownFields()
		if err := d.Decode(&cfg.People); err != nil {
			return cfg, fmt.Errorf("--people: %s: %w", o.people, err)
		}
	}
	return cfg, nil
}
