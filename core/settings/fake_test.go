package settings_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/memstore"
)

const tenant = sso.TenantID("acme")

var (
	start    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	admin    = sso.Actor{Kind: sso.Person, ID: "u_admin", Tenant: tenant, Admin: true, Session: "s_admin"}
	operator = sso.Actor{Kind: sso.Operator, ID: "cli"}
)

// house is a tenant with its settings service and everything behind it that a test may break.
type house struct {
	*settings.Service
	store     *memstore.Store
	plugins   *plugins
	documents *documents
	now       time.Time
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{store: memstore.New(), plugins: newPlugins(), documents: &documents{pages: map[string]string{}}, now: start}
	h.Service = &settings.Service{
		Store: h.store.Settings(), Providers: h.plugins, Documents: h.documents, Origin: "https://app.example.com",
		Now: func() time.Time { return h.now },
	}
	inboxes := sso.Catalogue{{Key: "general", Name: "General"}, {Key: "emea", Name: "EMEA"}}
	require.NoError(t, h.store.Directory().InTx(t.Context(), tenant, func(tx directory.Tx) error {
		return tx.CreateTenant(sso.Tenant{ID: tenant, Name: "Acme"}, sso.Catalogues{Roles: sso.DefaultRoles(), Inboxes: inboxes})
	}))
	return h
}

// save saves over whatever version stands.
func (h *house) save(t *testing.T, d settings.Draft) (settings.View, error) {
	t.Helper()
	return h.Save(t.Context(), admin, tenant, d, h.view(t).Settings.Version)
}

func (h *house) mustSave(t *testing.T, d settings.Draft) settings.View {
	t.Helper()
	v, err := h.save(t, d)
	require.NoError(t, err)
	return v
}

// refused saves and gives what was refused, as "field: code", after checking that nothing was saved.
func (h *house) refused(t *testing.T, d settings.Draft) []string {
	t.Helper()
	before := h.view(t)
	_, err := h.save(t, d)
	require.Equal(t, sso.Invalid, sso.CodeOf(err), "%v", err)
	require.Equal(t, before, h.view(t), "a refused save changed something")
	var e *sso.Error
	require.ErrorAs(t, err, &e)
	return list(e.Problems)
}

func (h *house) view(t *testing.T) settings.View {
	t.Helper()
	v, err := h.View(t.Context(), admin, tenant)
	require.NoError(t, err)
	return v
}

func (h *house) audit(t *testing.T) []sso.AuditEntry {
	t.Helper()
	entries, _, err := h.store.Directory().Audit(t.Context(), tenant, directory.AuditQuery{Page: directory.Page{Limit: 100}})
	require.NoError(t, err)
	return entries
}

// signedIn opens sessions: by password p1 and p2 and the administrator's own, by okta and by azure.
func (h *house) signedIn(t *testing.T) {
	t.Helper()
	require.NoError(t, h.store.Login().InTx(t.Context(), tenant, func(tx login.Tx) error {
		if err := tx.CreateUser(sso.User{Tenant: tenant, ID: "u_1", Email: "ada@example.com", Roles: []sso.Key{"agent"}, Status: sso.Active}); err != nil {
			return err
		}
		for _, s := range []sso.Session{
			{Hash: "p1", Method: sso.ByPassword},
			{Hash: "p2", Method: sso.ByPassword},
			{Hash: admin.Session, Method: sso.ByPassword},
			{Hash: "okta", Method: sso.BySSO, Provider: "okta", IDPEntityID: "okta-1"},
			{Hash: "azure", Method: sso.BySSO, Provider: "azure", IDPEntityID: "azure-1"},
		} {
			s.Tenant, s.User = tenant, "u_1"
			if err := tx.CreateSession(s); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (h *house) sessions(t *testing.T) []string {
	t.Helper()
	var open []string
	for _, hash := range []string{"p1", "p2", admin.Session, "okta", "azure"} {
		_, _, err := h.store.Login().Session(t.Context(), tenant, hash)
		if err == nil {
			open = append(open, hash)
			continue
		}
		require.Equal(t, sso.NotFound, sso.CodeOf(err))
	}
	return open
}

// list gives problems as "field: code".
func list(ps sso.Problems) []string {
	out := []string{}
	for _, p := range ps {
		out = append(out, p.Field+": "+string(p.Code))
	}
	return out
}

// plugins are the fake providers; down and gone are states a test may bring about.
type plugins struct {
	all  map[sso.ProviderKey]*plugin
	down map[sso.ProviderKey]bool
	gone map[sso.ProviderKey]bool
}

func newPlugins() *plugins {
	all := map[sso.ProviderKey]*plugin{}
	for key, can := range map[sso.ProviderKey]sso.Capabilities{
		"okta":             {MetadataURL: true, JIT: true, Profile: true},
		"pingone":          {MetadataURL: true, JIT: true, Profile: true},
		"azure":            {MetadataURL: true, Profile: true},
		"google-workspace": {Profile: true},
	} {
		all[key] = &plugin{manifest: sso.Manifest{Key: key, Name: string(key), Capabilities: can}}
	}
	all["google-workspace"].manifest.MetadataHelp = "Google publishes no metadata URL: download the XML from the Admin console and paste it."
	return &plugins{all: all, down: map[sso.ProviderKey]bool{}, gone: map[sso.ProviderKey]bool{}}
}

func (p *plugins) Provider(key sso.ProviderKey) (sso.Provider, error) {
	switch {
	case p.all[key] == nil || p.gone[key]:
		return nil, sso.Refuse("fake", sso.ProviderUnknown)
	case p.down[key]:
		return nil, sso.Refuse("fake", sso.ProviderUnavailable)
	}
	return p.all[key], nil
}

func (p *plugins) Manifest(key sso.ProviderKey) (sso.Manifest, bool) {
	if p.all[key] == nil {
		return sso.Manifest{}, false
	}
	return p.all[key].manifest, true
}

// plugin answers with the advice of the document it is shown.
type plugin struct {
	manifest sso.Manifest
	advice   map[string]sso.MetadataAdvice // by document, "" for a fetch that brought nothing
	silent   bool
	asked    func() // called with every question, when set
}

func (p *plugin) Manifest() sso.Manifest { return p.manifest }

func (p *plugin) Metadata(_ context.Context, q sso.MetadataQuery) (sso.MetadataAdvice, error) {
	if p.asked != nil {
		p.asked()
	}
	if p.silent {
		return sso.MetadataAdvice{}, errors.New("deadline exceeded")
	}
	return p.advice[string(q.Document)], nil
}

func (p *plugin) Profile(context.Context, sso.Assertion) (sso.Profile, error) {
	return sso.Profile{}, errors.New("a save asks for no profile")
}

// documents are the fake metadata: "idp <entity>…", with the words nokey or nosso after it; several entities make one document of several.
// Anything else is no metadata.
type documents struct {
	pages   map[string]string // by URL; no page means no connection
	fetched []string
}

func (d *documents) Fetch(_ context.Context, url string) ([]byte, error) {
	d.fetched = append(d.fetched, url)
	page, ok := d.pages[url]
	if !ok {
		return nil, sso.Refuse("fake.fetch", sso.MetadataFetchFailed, "detail", "no connection")
	}
	return []byte(page), nil
}

func (d *documents) Parse(doc []byte, chosen string) (settings.Document, error) {
	words := strings.Fields(string(doc))
	if len(words) < 2 || words[0] != "idp" {
		return settings.Document{}, sso.Refuse("fake.parse", sso.MetadataNotSAML, "detail", "no EntityDescriptor")
	}
	out := settings.Document{XML: string(doc)}
	entities := words[1:]
	idp := sso.IdentityProvider{
		SSO:          []sso.Endpoint{{Binding: sso.BindingRedirect, URL: "https://idp.example.com/sso"}},
		Certificates: []sso.Certificate{{Subject: "CN=idp", SHA256: "c0ffee", NotBefore: start.AddDate(-1, 0, 0), NotAfter: start.AddDate(1, 0, 0)}},
	}
	if slices.Contains(entities, "nokey") {
		idp.Certificates = nil
	}
	if slices.Contains(entities, "nosso") {
		idp.SSO = nil
	}
	if slices.Contains(entities, "weak") {
		out.Notes.Add(sso.Warning, "metadata_xml", sso.MetadataWeakKey, "detail", "RSA 1024")
	}
	entities = slices.DeleteFunc(entities, func(w string) bool { return w == "nokey" || w == "nosso" || w == "weak" })
	switch {
	case chosen == "" && len(entities) > 1:
		return settings.Document{}, sso.Refuse("fake.parse", sso.MetadataMultiple, "entities", strings.Join(entities, ", "))
	case chosen == "":
		chosen = entities[0]
	case !slices.Contains(entities, chosen):
		return settings.Document{}, sso.Refuse("fake.parse", sso.MetadataEntityUnknown)
	}
	idp.EntityID = chosen
	out.IdP = idp
	return out, nil
}

// oktaOn is a draft that turns SSO on with pasted metadata.
func oktaOn() settings.Draft {
	return settings.Draft{UseSSO: true, Provider: "okta", Connection: settings.ConnectionDraft{MetadataXML: new("idp okta-1")}}
}
