package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/catalog"
	"github.com/idplug/idplug/host/saml"
	"github.com/idplug/idplug/host/web"
)

// Question asks what a plugin makes of a captured file.
type Question struct {
	Capture  []byte          // metadata or a response: XML, base64 or a form
	Provider sso.ProviderKey // whose plugin of the plugin folder is asked
	Plugin   string          // or this binary
	Mappings *Mappings       // are tried; nil for none
}

// Mappings are what a settings document says of a first sign-in.
type Mappings struct {
	Provider       sso.ProviderKey
	Roles, Inboxes sso.Mapping
}

// ReadMappings reads them from a settings document as the API gives and takes it.
func ReadMappings(document []byte) (*Mappings, error) {
	m := &Mappings{}
	var err error
	m.Provider, m.Roles, m.Inboxes, err = web.ReadMappings(document)
	return m, err
}

// Explanation is the answer. Nothing in it was verified: a captured file proves nothing about anybody.
type Explanation struct {
	Plugin   sso.Manifest
	Metadata *MetadataExplanation // of metadata
	Response *ResponseExplanation // of a response
}

// MetadataExplanation is what host and plugin read in metadata.
type MetadataExplanation struct {
	Advice  sso.MetadataAdvice
	IdP     sso.IdentityProvider // what the host reads; zero when it refuses
	Notes   sso.Problems         // the host's: what sign-ins cannot do without, and what is odd
	Refused error                // why the host refuses the document; nil when it takes it
}

// ResponseExplanation is what the plugin reads in a response, and what a first sign-in with it would be given.
type ResponseExplanation struct {
	Assertion      sso.Assertion
	Signed         bool
	Profile        sso.Profile
	Refused        error           // why the host refuses the plugin's answer; nil when it takes it
	Roles, Inboxes *GrantedMapping // nil without mappings
}

// GrantedMapping is a mapping and what it resolves to.
type GrantedMapping struct {
	Mapping sso.Mapping
	Fields  sso.MappingFields
	sso.Resolution
}

// Explain answers a question with a plugin that it starts for the purpose, as the server would start it. Nothing is stored.
func Explain(ctx context.Context, c Config, q Question, log *slog.Logger) (_ Explanation, err error) {
	captured, err := saml.ReadCapture(q.Capture)
	if err != nil {
		return Explanation{}, err
	}
	if q.Mappings != nil {
		q.Provider = cmp.Or(q.Provider, q.Mappings.Provider)
	}
	p, stop, err := c.explainer(ctx, q, log)
	if err != nil {
		return Explanation{}, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	out := Explanation{Plugin: p.Manifest()}
	if captured.Metadata {
		out.Metadata, err = explainMetadata(ctx, p, captured.Document)
		return out, err
	}
	r := &ResponseExplanation{Assertion: captured.Assertion, Signed: captured.Signed}
	out.Response = r
	if r.Profile, err = p.Profile(ctx, captured.Assertion); sso.CodeOf(err) == sso.PluginUnprovenValue {
		r.Refused, err = err, nil
	}
	if q.Mappings != nil && err == nil {
		evidence := r.Profile.Evidence(r.Assertion)
		r.Roles = granted(sso.RoleFields, q.Mappings.Roles, evidence, sso.DefaultRoles())
		r.Inboxes = granted(sso.InboxFields, q.Mappings.Inboxes, evidence, nil)
	}
	return out, err
}

func explainMetadata(ctx context.Context, p sso.Provider, document []byte) (*MetadataExplanation, error) {
	m := &MetadataExplanation{}
	var err error
	if m.Advice, err = p.Metadata(ctx, sso.MetadataQuery{Document: document}); err != nil {
		return nil, err
	}
	read, err := (&saml.Documents{}).Parse(document, m.Advice.EntityID)
	m.IdP, m.Notes, m.Refused = read.IdP, read.Notes, err
	if err == nil {
		m.Notes = append(sso.Connection{IdP: read.IdP}.Missing(), read.Notes...)
	}
	return m, nil
}

// granted resolves a mapping. The tenant's catalogue is not in the document, so every key that the mapping grants is taken to be in it.
func granted(f sso.MappingFields, m sso.Mapping, e sso.Evidence, known sso.Catalogue) *GrantedMapping {
	add := func(keys []sso.Key) {
		for _, k := range keys {
			if known.Index(k) < 0 {
				known = append(known, sso.Entry{Key: k, Name: string(k)})
			}
		}
	}
	add(m.Defaults)
	for _, row := range m.Rows {
		add(row.Grant)
	}
	return &GrantedMapping{Mapping: m, Fields: f, Resolution: m.Resolve(e, known)}
}

// explainer starts a catalogue of its own and returns the plugin that is asked, until stop.
func (c Config) explainer(ctx context.Context, q Question, log *slog.Logger) (p sso.Provider, stop func() error, err error) {
	dir, err := os.MkdirTemp("", "idplug-explain-")
	if err != nil {
		return nil, nil, fmt.Errorf("explain: %w", err)
	}
	o := catalog.Options{
		Dir: c.PluginDir, StateDir: filepath.Join(dir, "state"), Trust: catalog.Trust(c.PluginTrust), Sandbox: c.sandbox(), Log: log, Now: time.Now,
	}
	if q.Plugin != "" {
		o.Dir, o.Trust = filepath.Join(dir, "plugins.d"), catalog.TrustDirectory
		if q.Provider, err = installAlone(q.Plugin, o.Dir); err != nil {
			return nil, nil, errors.Join(err, os.RemoveAll(dir))
		}
	}
	plugins, err := catalog.Open(ctx, o)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	stop = func() error { return errors.Join(plugins.Close(), os.RemoveAll(dir)) }
	if p, err = pick(plugins, q.Provider, o.Dir); err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	return p, stop, nil
}

// pick returns the provider that was asked for, or the only one there is, or says what there is.
func pick(plugins *catalog.Catalog, key sso.ProviderKey, dir string) (sso.Provider, error) {
	var all []string
	for _, s := range plugins.Plugins() {
		if s.Key == key && s.State != sso.PluginReady {
			return nil, fmt.Errorf("the plugin %s does not serve: %s", key, cmp.Or(s.Reason, string(s.State)))
		}
		all = append(all, string(s.Key))
	}
	switch {
	case key != "" && slices.Contains(all, string(key)):
		return plugins.Provider(key)
	case key == "" && len(all) == 1:
		return plugins.Provider(sso.ProviderKey(all[0]))
	case len(all) == 0:
		return nil, fmt.Errorf("there is no plugin in %s: name a binary with --plugin, or the folder with --plugin-dir", dir)
	case key == "":
		return nil, fmt.Errorf("choose a plugin with --provider: there are %s", strings.Join(all, ", "))
	}
	return nil, fmt.Errorf("there is no plugin for %q in %s: there are %s", key, dir, strings.Join(all, ", "))
}

const binaryPrefix = "idplug-provider-"

// installAlone copies a binary into a folder of its own and returns its key.
func installAlone(binary, dir string) (_ sso.ProviderKey, err error) {
	key, ok := strings.CutPrefix(filepath.Base(binary), binaryPrefix)
	if !ok {
		return "", fmt.Errorf("%s: a plugin's file is named %s<key>", binary, binaryPrefix)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", fmt.Errorf("explain: %w", err)
	}
	in, err := os.Open(binary)
	if err != nil {
		return "", fmt.Errorf("explain: %w", err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(filepath.Join(dir, binaryPrefix+key), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700) //nolint:gosec // a program
	if err != nil {
		return "", fmt.Errorf("explain: %w", err)
	}
	if _, err = io.Copy(out, in); err != nil {
		return "", errors.Join(fmt.Errorf("explain: %w", err), out.Close())
	}
	return sso.ProviderKey(key), out.Close()
}
