package settings_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

const page = "https://idp.example.com/metadata"

// withURL is a draft with a URL and, unless it is empty, XML.
func withURL(useSSO bool, url, xml string) settings.Draft {
	d := settings.Draft{UseSSO: useSSO, Provider: "okta", Connection: settings.ConnectionDraft{MetadataURL: new(url)}}
	if xml != "" {
		d.Connection.MetadataXML = new(xml)
	}
	return d
}

func TestRule03_EverySaveFetchesAndReplacesTheXML(t *testing.T) {
	h := newHouse(t)
	h.documents.pages[page] = "idp okta-1"
	v := h.mustSave(t, withURL(true, page, ""))
	require.Equal(t, "idp okta-1", v.Connection.MetadataXML)
	require.Equal(t, start, v.Connection.FetchedAt)
	require.Equal(t, int64(1), v.Connection.Revision)

	h.now = start.AddDate(0, 0, 1)
	v = h.mustSave(t, settings.Draft{UseSSO: true, Provider: "okta"}) // the URL is not in the draft
	require.Equal(t, h.now, v.Connection.FetchedAt)
	require.Equal(t, int64(1), v.Connection.Revision, "the same document came")

	h.documents.pages[page] = "idp okta-1 weak"
	v = h.mustSave(t, settings.Draft{UseSSO: true, Provider: "okta"})
	require.Equal(t, "idp okta-1 weak", v.Connection.MetadataXML)
	require.Equal(t, int64(2), v.Connection.Revision)
	require.Len(t, h.documents.fetched, 3)
}

func TestRule03_TheURLWinsAndTheXMLIsNotJudged(t *testing.T) {
	h := newHouse(t)
	h.documents.pages[page] = "idp from-url"
	for _, xml := range []string{"idp pasted", "junk"} {
		v := h.mustSave(t, withURL(true, page, xml))
		require.Equal(t, "from-url", v.Connection.IdP.EntityID)
		require.Empty(t, v.Warnings)
	}
}

// TestAnAddressThatBecameAnotherProvider: whoever can change a published document must not thereby choose who signs people in.
func TestAnAddressThatBecameAnotherProvider(t *testing.T) {
	const other = "https://idp.example.com/other"
	changed, moved := "metadata_url: md.entity_changed", "okta-2"
	for name, c := range map[string]struct {
		before, draft settings.Draft
		refused       bool
		warned        bool
		entity        string
	}{
		"same address":                  {withURL(true, page, ""), withURL(true, page, ""), true, false, ""},
		"address left out":              {withURL(true, page, ""), settings.Draft{UseSSO: true, Provider: "okta"}, true, false, ""},
		"same address, the kept XML":    {withURL(true, page, ""), withURL(true, page, "idp okta-1"), true, false, ""},
		"same address, XML of a third":  {withURL(true, page, ""), withURL(true, page, "idp okta-3"), true, false, ""},
		"same address, XML of the new":  {withURL(true, page, ""), withURL(true, page, "idp okta-2"), false, false, moved},
		"another address":               {withURL(true, page, ""), withURL(true, other, ""), false, false, moved},
		"no address but XML of the new": {withURL(true, page, ""), withURL(true, "", "idp okta-2"), false, false, moved},
		"off, stays off":                {withURL(false, page, ""), withURL(false, page, ""), false, false, moved},
		"turned on":                     {withURL(false, page, ""), withURL(true, page, ""), false, false, moved},
		"turned off":                    {withURL(true, page, ""), withURL(false, page, ""), false, true, "okta-1"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.documents.pages[page] = "idp okta-1"
			h.mustSave(t, c.before)
			h.signedIn(t)
			h.documents.pages[page], h.documents.pages[other] = "idp okta-2", "idp okta-2"
			if c.refused {
				require.Equal(t, []string{changed}, h.refused(t, c.draft))
				_, err := h.SaveConnection(t.Context(), admin, tenant, "okta", c.draft.Connection, 1)
				var e *sso.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, []string{changed}, list(e.Problems))
				require.Equal(t, map[string]string{"kept": "okta-1", "found": "okta-2"}, e.Problems[0].Params)
				require.Contains(t, h.sessions(t), "okta")
				h.documents.pages[page] = "idp okta-1 weak"
				require.Equal(t, "okta-1", h.mustSave(t, c.draft).Connection.IdP.EntityID, "its own document anew")
				return
			}
			v := h.mustSave(t, c.draft)
			require.Equal(t, c.entity, v.Connection.IdP.EntityID)
			require.Equal(t, c.warned, slices.Contains(list(v.Warnings), changed), "%v", v.Warnings)
			require.Equal(t, c.warned, slices.Contains(h.sessions(t), "okta"))
		})
	}
}

func TestRule03_AFetchThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		stored  string // metadata in force before
		draft   settings.Draft
		served  string // what the URL serves, "" for no connection
		entity  string // in force afterwards, "" when the save is refused
		problem string
	}{
		"stored XML stays":                {"idp stored", withURL(true, page, ""), "", "stored", "metadata_url: metadata_fetch_failed"},
		"XML of this document":            {"idp stored", withURL(true, page, "idp pasted"), "", "pasted", "metadata_url: metadata_fetch_failed"},
		"junk of this document":           {"idp stored", withURL(true, page, "junk"), "", "stored", "metadata_url: metadata_fetch_failed"},
		"a page that is no metadata":      {"idp stored", withURL(true, page, ""), "<html>", "stored", "metadata_url: md.not_saml"},
		"metadata without a key":          {"idp stored", withURL(true, page, ""), "idp new nokey", "stored", "metadata_url: metadata_no_key"},
		"first save with XML":             {"", withURL(true, page, "idp pasted"), "", "pasted", "metadata_url: metadata_fetch_failed"},
		"first save, on, nothing":         {"", withURL(true, page, ""), "", "", "metadata_url: metadata_fetch_failed"},
		"first save, on, junk":            {"", withURL(true, page, "junk"), "", "", "metadata_url: metadata_fetch_failed"},
		"first save, on, page is no good": {"", withURL(true, page, ""), "<html>", "", "metadata_url: md.not_saml"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			if c.stored != "" {
				h.mustSave(t, on("okta", c.stored))
			}
			if c.served != "" {
				h.documents.pages[page] = c.served
			}
			c.draft.ForceReauthentication = true
			if c.entity == "" {
				require.Equal(t, []string{c.problem}, h.refused(t, c.draft))
				return
			}
			v := h.mustSave(t, c.draft)
			require.Equal(t, c.entity, v.Connection.IdP.EntityID)
			require.Equal(t, "idp "+c.entity, v.Connection.MetadataXML)
			require.True(t, v.Settings.ForceReauthentication, "everything else is saved")
			require.Equal(t, page, v.Connection.MetadataURL)
			require.Equal(t, []string{c.problem}, list(v.Warnings))
			require.True(t, v.Connection.FetchedAt.IsZero())
			require.Equal(t, v.Warnings, h.view(t).Warnings, "the warning stays with the connection")
		})
	}
}

func TestRule03_AFetchThatFailsWhileOffIsSavedWithAWarning(t *testing.T) {
	h := newHouse(t)
	v := h.mustSave(t, withURL(false, page, ""))
	require.Equal(t, []string{"metadata_xml: metadata_missing", "metadata_url: metadata_fetch_failed"}, list(v.Warnings))
	require.Equal(t, page, v.Connection.MetadataURL)

	h.documents.pages[page] = "idp okta-1"
	v = h.mustSave(t, withURL(true, page, ""))
	require.Empty(t, v.Warnings, "a fetch that succeeds forgets the failed one")
}

func TestRule03_ThePluginsWordsOnAURLThatBringsNothing(t *testing.T) {
	h := newHouse(t)
	own := sso.Problem{Severity: sso.Failure, Field: "metadata_url", Code: "okta.api_url", Summary: "This is the API's address.", Fix: "Copy the other one."}
	h.plugins.all["okta"].advice = map[string]sso.MetadataAdvice{"": {Problems: sso.Problems{own}}}
	require.Equal(t, []string{"metadata_url: metadata_fetch_failed", "metadata_url: okta.api_url"}, h.refused(t, withURL(true, page, "")))
}

func TestRule03_PastedXMLThatIsUnusableIsRefusedWhileOn(t *testing.T) {
	h := newHouse(t)
	h.mustSave(t, oktaOn())
	require.Equal(t, []string{"metadata_xml: md.not_saml"}, h.refused(t, on("okta", "junk")))
	require.Equal(t, []string{"metadata_xml: metadata_no_key"}, h.refused(t, on("okta", "idp okta-1 nokey")))
	d := oktaOn()
	d.Connection.ChosenEntityID = new("nowhere")
	require.Equal(t, []string{"idp_entity_id: md.entity_unknown"}, h.refused(t, d))
	require.Equal(t, "okta-1", h.view(t).Connection.IdP.EntityID)
}

func TestRule03_ASaveThatTurnsOffNeverFailsBecauseOfMetadataOrPlugin(t *testing.T) {
	junk := new("junk")
	for name, c := range map[string]struct {
		draft    settings.Draft
		broken   func(*house)
		warnings []string
	}{
		"junk":             {settings.Draft{Provider: "okta", Connection: settings.ConnectionDraft{MetadataXML: junk}}, func(*house) {}, []string{"metadata_xml: md.not_saml"}},
		"unknown entity":   {settings.Draft{Provider: "okta", Connection: settings.ConnectionDraft{ChosenEntityID: new("x")}}, func(*house) {}, []string{"idp_entity_id: md.entity_unknown"}},
		"dead URL":         {withURL(false, page, ""), func(*house) {}, []string{"metadata_url: metadata_fetch_failed"}},
		"plugin down":      {settings.Draft{Provider: "okta"}, func(h *house) { h.plugins.down["okta"] = true }, []string{"provider: provider_unavailable"}},
		"plugin gone":      {settings.Draft{Provider: "okta"}, func(h *house) { h.plugins.gone["okta"] = true }, []string{"provider: provider_unavailable"}},
		"plugin silent":    {settings.Draft{Provider: "okta"}, func(h *house) { h.plugins.all["okta"].silent = true }, []string{"provider: provider_unavailable"}},
		"down and new XML": {settings.Draft{Provider: "okta", Connection: settings.ConnectionDraft{MetadataXML: junk}}, func(h *house) { h.plugins.down["okta"] = true }, []string{"provider: provider_unavailable", "metadata_xml: md.not_saml"}},
		"takes no URL any more": {withURL(false, page, ""), func(h *house) {
			h.plugins.all["okta"].manifest.Capabilities.MetadataURL = false
		}, []string{"metadata_url: metadata_url_refused"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.mustSave(t, oktaOn())
			c.broken(h)
			v := h.mustSave(t, c.draft)
			require.False(t, v.Settings.UseSSO)
			require.Equal(t, c.warnings, list(v.Warnings))
			require.Equal(t, "idp okta-1", v.Connection.MetadataXML)
			require.Equal(t, "okta-1", v.Connection.IdP.EntityID)
			require.Empty(t, v.Connection.ChosenEntityID)
		})
	}
}

func TestRule03_PluginDown(t *testing.T) {
	for name, c := range map[string]struct {
		draft settings.Draft
		want  []string // refused for; nil: accepted with a warning
	}{
		"nothing changed":      {settings.Draft{UseSSO: true, Provider: "okta", ForceReauthentication: true}, nil},
		"same XML again":       {oktaOn(), nil},
		"new XML":              {on("okta", "idp okta-2"), []string{"provider: provider_unavailable"}},
		"new URL":              {withURL(true, page, ""), []string{"provider: provider_unavailable"}},
		"another entity":       {settings.Draft{UseSSO: true, Provider: "okta", Connection: settings.ConnectionDraft{ChosenEntityID: new("x")}}, []string{"provider: provider_unavailable"}},
		"another dead plugin":  {on("azure", "idp azure-1"), []string{"provider: provider_unavailable"}},
		"another live plugin":  {on("pingone", "idp ping-1"), nil},
		"options of the host":  {settings.Draft{UseSSO: true, Provider: "okta", Connection: settings.ConnectionDraft{AllowSHA1: new(true)}}, nil},
		"and a broken mapping": {settings.Draft{UseSSO: true, Provider: "okta", Roles: sso.Mapping{Defaults: []sso.Key{"x"}}}, []string{"default_roles[0]: unknown_key"}},
	} {
		for state, broken := range map[string]func(*house){
			"down": func(h *house) { h.plugins.down["okta"] = true },
			"mute": func(h *house) { h.plugins.all["okta"].silent = true },
		} {
			t.Run(name+", "+state, func(t *testing.T) {
				h := newHouse(t)
				h.mustSave(t, oktaOn())
				h.plugins.down["azure"] = true
				broken(h)
				if c.want != nil {
					require.Equal(t, c.want, h.refused(t, c.draft))
					return
				}
				v := h.mustSave(t, c.draft)
				require.Equal(t, settings.StatusActive, v.Status)
				if c.draft.Provider == "okta" {
					require.Contains(t, list(v.Warnings), "provider: provider_unavailable")
					require.Equal(t, "okta-1", v.Connection.IdP.EntityID)
				}
			})
		}
	}
}

func TestRule03_PluginDownLeavesAURLUnfetched(t *testing.T) {
	h := newHouse(t)
	h.documents.pages[page] = "idp okta-1"
	h.mustSave(t, withURL(true, page, ""))
	h.plugins.down["okta"] = true
	h.documents.pages[page] = "idp okta-2"
	v := h.mustSave(t, withURL(true, page, ""))
	require.Equal(t, "okta-1", v.Connection.IdP.EntityID)
	require.Len(t, h.documents.fetched, 1)
}

func TestRule03_WhatAReplacedPluginSaysOfStoredXMLOnlyWarns(t *testing.T) {
	h := newHouse(t)
	h.mustSave(t, oktaOn())
	stern := sso.Problem{Severity: sso.Failure, Code: "okta.old_domain", Summary: "This is the old domain."}
	against := sso.MetadataAdvice{Problems: sso.Problems{stern}}
	h.plugins.all["okta"].advice = map[string]sso.MetadataAdvice{"idp okta-1": against, "idp okta-2": against}
	require.Equal(t, []string{"metadata_xml: okta.old_domain"}, list(h.mustSave(t, oktaOn()).Warnings))
	require.Equal(t, []string{"metadata_xml: okta.old_domain"}, h.refused(t, on("okta", "idp okta-2")))
}

func TestRule04_AProviderWithoutMetadataURLRefusesOne(t *testing.T) {
	for _, useSSO := range []bool{false, true} {
		h := newHouse(t)
		d := withURL(useSSO, page, "idp google-1")
		d.Provider = "google-workspace"
		require.Equal(t, []string{"metadata_url: metadata_url_refused"}, h.refused(t, d))
		_, err := h.save(t, d)
		var e *sso.Error
		require.ErrorAs(t, err, &e)
		summary, _ := e.Problems[0].Words()
		require.Equal(t, h.plugins.all["google-workspace"].manifest.MetadataHelp, summary)
		require.Empty(t, h.documents.fetched)

		d.Connection.MetadataURL = nil
		require.Equal(t, "google-1", h.mustSave(t, d).Connection.IdP.EntityID)
	}
}

func TestThePluginChoosesTheEntityUnlessTheAdministratorDoes(t *testing.T) {
	h := newHouse(t)
	h.plugins.all["okta"].advice = map[string]sso.MetadataAdvice{"idp a b": {EntityID: "b", Request: sso.RequestHints{NameIDFormat: sso.FormatEmail}}}
	v := h.mustSave(t, on("okta", "idp a b"))
	require.Equal(t, "b", v.Connection.IdP.EntityID)
	require.Empty(t, v.Connection.ChosenEntityID, "the administrator chose nothing")
	require.Equal(t, sso.FormatEmail, v.Connection.Request.NameIDFormat)

	d := on("okta", "idp a b")
	d.Connection.ChosenEntityID = new("a")
	require.Equal(t, "a", h.mustSave(t, d).Connection.IdP.EntityID)
}

func TestAnotherEntityForgetsTheLearntSubject(t *testing.T) {
	h := newHouse(t)
	h.mustSave(t, oktaOn())
	c, err := h.store.Settings().Connection(t.Context(), tenant, "okta")
	require.NoError(t, err)
	c.SubjectAttribute = "objectid"
	require.NoError(t, h.store.Settings().Save(t.Context(), settings.Change{
		Tenant: tenant, Connection: &c, ExpectRevision: c.Revision, Audit: sso.AuditEntry{Tenant: tenant},
	}))
	require.Equal(t, "objectid", h.mustSave(t, on("okta", "idp okta-1 weak")).Connection.SubjectAttribute)
	require.Empty(t, h.mustSave(t, on("okta", "idp okta-2")).Connection.SubjectAttribute)
}

func TestRule03_AnEntityChosenAnewIsLookedForInStoredXMLWhenTheFetchFails(t *testing.T) {
	h := newHouse(t)
	h.documents.pages[page] = "idp a b"
	d := withURL(true, page, "")
	d.Connection.ChosenEntityID = new("a")
	h.mustSave(t, d)
	delete(h.documents.pages, page)

	d.Connection.ChosenEntityID = new("b")
	v := h.mustSave(t, d)
	require.Equal(t, "b", v.Connection.IdP.EntityID)
	require.Equal(t, []string{"metadata_url: metadata_fetch_failed"}, list(v.Warnings))

	d.Connection.ChosenEntityID = new("nowhere")
	v = h.mustSave(t, d)
	require.Equal(t, "b", v.Connection.IdP.EntityID, "what works stays in force until the next fetch")
	require.Equal(t, "nowhere", v.Connection.ChosenEntityID)
}

// A caller who went away is no reason to take the plugin for dead and save without its advice.
func TestACancelledSaveIsNotASilentPlugin(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	h.plugins.all["okta"].silent, h.plugins.all["okta"].asked = true, cancel
	_, err := h.Save(ctx, admin, tenant, settings.Draft{Provider: "okta", Connection: settings.ConnectionDraft{MetadataXML: new("idp a")}}, 0)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, h.view(t).Settings.Version)
}

func TestAnErrorThatIsNoRefusalIsNotBlamedOnTheDocument(t *testing.T) {
	h := newHouse(t)
	bug := errors.New("bug")
	h.Service.Documents = broken{bug}
	for _, d := range []settings.Draft{oktaOn(), withURL(false, page, "")} {
		_, err := h.save(t, d)
		require.ErrorIs(t, err, bug)
	}
	require.Zero(t, h.view(t).Settings.Version)
}

// broken is a reader of documents with a fault of its own.
type broken struct{ err error }

func (b broken) Fetch(context.Context, string) ([]byte, error) { return nil, b.err }

func (b broken) Parse([]byte, string) (settings.Document, error) { return settings.Document{}, b.err }
