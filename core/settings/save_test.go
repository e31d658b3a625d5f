package settings_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

func TestRule01_OffByDefaultWithServiceProviderValues(t *testing.T) {
	v := newHouse(t).view(t)
	require.False(t, v.Settings.UseSSO)
	require.Equal(t, settings.StatusIncomplete, v.Status)
	require.Equal(t, []string{"provider: provider_required", "metadata_xml: metadata_missing"}, list(v.Warnings))
	require.Equal(t, sso.ServiceProvider{
		EntityID: "https://app.example.com/saml/acme/metadata", ACSURL: "https://app.example.com/saml/acme/acs",
		SLOURL: "https://app.example.com/saml/acme/slo", MetadataURL: "https://app.example.com/saml/acme/metadata",
		LoginURL: "https://app.example.com/login/acme",
	}, v.ServiceProvider)
}

func TestRule01_ADraftIsSavedWhileOffHoweverIncomplete(t *testing.T) {
	for name, c := range map[string]struct {
		draft    settings.Draft
		warnings []string
	}{
		"nothing":       {settings.Draft{}, []string{"provider: provider_required", "metadata_xml: metadata_missing"}},
		"only provider": {settings.Draft{Provider: "okta"}, []string{"metadata_xml: metadata_missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			v := h.mustSave(t, c.draft)
			require.Equal(t, settings.StatusIncomplete, v.Status)
			require.Equal(t, c.warnings, list(v.Warnings))
			require.Equal(t, int64(1), v.Settings.Version)
			require.Empty(t, v.Connection.MetadataXML)
		})
	}
}

func TestRule03_PastedXMLThatIsUnusableIsRefusedWhileOffToo(t *testing.T) {
	h := newHouse(t)
	junk := settings.Draft{Provider: "okta", Connection: settings.ConnectionDraft{MetadataXML: new("junk")}}
	require.Equal(t, []string{"metadata_xml: md.not_saml"}, h.refused(t, junk))
	require.Zero(t, h.view(t).Settings.Version)
}

func TestRule02_ComingBackToAProviderBringsItsConnectionBack(t *testing.T) {
	h := newHouse(t)
	okta := oktaOn()
	okta.Connection.SignRequests, okta.Connection.AllowSHA1 = new(sso.SignAlways), new(true)
	h.mustSave(t, okta)
	azure := settings.Draft{UseSSO: true, Provider: "azure", Connection: settings.ConnectionDraft{MetadataXML: new("idp azure-1")}}
	v := h.mustSave(t, azure)
	require.Equal(t, "azure-1", v.Connection.IdP.EntityID)
	require.Equal(t, sso.SignAuto, v.Connection.SignRequests)

	for name, d := range map[string]settings.ConnectionDraft{
		"absent": {},
		"empty":  {MetadataURL: new(""), MetadataXML: new(" ")},
	} {
		t.Run(name, func(t *testing.T) {
			v := h.mustSave(t, settings.Draft{UseSSO: true, Provider: "okta", Connection: d})
			require.Equal(t, "okta-1", v.Connection.IdP.EntityID)
			require.Equal(t, "idp okta-1", v.Connection.MetadataXML)
			require.Equal(t, sso.SignAlways, v.Connection.SignRequests)
			require.True(t, v.Connection.AllowSHA1)
			require.Equal(t, int64(1), v.Connection.Revision, "nothing of it changed")
			h.mustSave(t, azure)
		})
	}
}

func TestRule02_TheChosenEntityComesBackWithTheDocumentItIsFrom(t *testing.T) {
	h := newHouse(t)
	okta := settings.Draft{UseSSO: true, Provider: "okta", Connection: settings.ConnectionDraft{
		MetadataXML: new("idp okta-1 okta-2"), ChosenEntityID: new("okta-2"),
	}}
	azure := settings.Draft{UseSSO: true, Provider: "azure", Connection: settings.ConnectionDraft{MetadataXML: new("idp azure-1")}}
	h.mustSave(t, okta)
	h.mustSave(t, azure)
	okta.Connection = settings.ConnectionDraft{MetadataURL: new(""), MetadataXML: new(""), ChosenEntityID: new("")} // azure's document sent back, as it stood
	v := h.mustSave(t, okta)
	require.Equal(t, "okta-2", v.Connection.IdP.EntityID)
	require.Empty(t, v.Warnings)

	h.mustSave(t, azure)
	okta.Connection.MetadataXML = new("idp okta-3") // another document: none of it was chosen
	require.Equal(t, "okta-3", h.mustSave(t, okta).Connection.IdP.EntityID)
}

func TestRule02_OnTheSameProviderAbsentIsKeptAndEmptyClears(t *testing.T) {
	h := newHouse(t)
	h.documents.pages["https://idp/md"] = "idp okta-1 okta-2"
	d := settings.Draft{UseSSO: true, Provider: "okta", Connection: settings.ConnectionDraft{
		MetadataURL: new("https://idp/md"), ChosenEntityID: new("okta-2"), SignRequests: new(sso.SignAlways), AllowSHA1: new(true),
	}}
	h.mustSave(t, d)

	d.Connection = settings.ConnectionDraft{}
	v := h.mustSave(t, d)
	require.Equal(t, "https://idp/md", v.Connection.MetadataURL)
	require.Equal(t, "okta-2", v.Connection.IdP.EntityID)
	require.Equal(t, sso.SignAuto, v.Connection.SignRequests, "an absent option takes its default")
	require.False(t, v.Connection.AllowSHA1)

	d.Connection = settings.ConnectionDraft{MetadataURL: new(""), MetadataXML: new("")}
	v = h.mustSave(t, d)
	require.Empty(t, v.Connection.MetadataURL)
	require.Equal(t, "idp okta-1 okta-2", v.Connection.MetadataXML)

	d.Connection = settings.ConnectionDraft{ChosenEntityID: new(""), MetadataXML: new("idp okta-3")}
	require.Equal(t, "okta-3", h.mustSave(t, d).Connection.IdP.EntityID)
}

func TestRule05_TurningOnNamesEachMissingThing(t *testing.T) {
	for name, c := range map[string]struct {
		draft settings.Draft
		want  []string
	}{
		"nothing":         {settings.Draft{UseSSO: true}, []string{"provider: provider_required", "metadata_xml: metadata_missing"}},
		"no provider":     {settings.Draft{UseSSO: true, Connection: settings.ConnectionDraft{MetadataXML: new("idp a")}}, []string{"provider: provider_required"}},
		"no metadata":     {settings.Draft{UseSSO: true, Provider: "okta"}, []string{"metadata_xml: metadata_missing"}},
		"unknown":         {settings.Draft{UseSSO: true, Provider: "acme-idp"}, []string{"provider: provider_unknown", "metadata_xml: metadata_missing"}},
		"malformed key":   {settings.Draft{UseSSO: true, Provider: "../okta"}, []string{"provider: provider_unknown", "metadata_xml: metadata_missing"}},
		"not metadata":    {on("okta", "junk"), []string{"metadata_xml: md.not_saml"}},
		"no key":          {on("okta", "idp a nokey"), []string{"metadata_xml: metadata_no_key"}},
		"no key, no SSO":  {on("okta", "idp a nokey nosso"), []string{"metadata_xml: metadata_no_endpoint", "metadata_xml: metadata_no_key"}},
		"several IdPs":    {on("okta", "idp a b"), []string{"metadata_xml: md.multiple"}},
		"plugin down":     {on("pingone", "idp a"), []string{"provider: provider_unavailable"}},
		"down, no XML":    {settings.Draft{UseSSO: true, Provider: "pingone"}, []string{"provider: provider_unavailable", "metadata_xml: metadata_missing"}},
		"mapping as well": {settings.Draft{UseSSO: true, Provider: "okta", Roles: sso.Mapping{Defaults: []sso.Key{"nobody"}}}, []string{"default_roles[0]: unknown_key", "metadata_xml: metadata_missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.plugins.down["pingone"] = true
			require.Equal(t, c.want, h.refused(t, c.draft))
			require.Empty(t, h.audit(t))
		})
	}
}

func on(p sso.ProviderKey, xml string) settings.Draft {
	return settings.Draft{UseSSO: true, Provider: p, Connection: settings.ConnectionDraft{MetadataXML: new(xml)}}
}

func TestRule05_Status(t *testing.T) {
	h := newHouse(t)
	off := oktaOn()
	off.UseSSO = false
	require.Equal(t, settings.StatusInactive, h.mustSave(t, off).Status)
	require.Equal(t, settings.StatusActive, h.mustSave(t, oktaOn()).Status)
	h.mustSave(t, off)
	h.plugins.down["okta"] = true
	v := h.view(t)
	require.Equal(t, settings.StatusIncomplete, v.Status)
	require.Equal(t, []string{"provider: provider_unavailable"}, list(v.Warnings))
}

func TestRule05_AnExpiredCertificateIsUsableAndWarnedAbout(t *testing.T) {
	h := newHouse(t)
	h.now = start.AddDate(2, 0, 0)
	v := h.mustSave(t, oktaOn())
	require.Equal(t, settings.StatusActive, v.Status)
	require.Equal(t, []string{"metadata_xml: certificate_expired"}, list(v.Warnings))
}

func TestRule05_AWeakKeyBesideAGoodOneIsWarnedAbout(t *testing.T) {
	h := newHouse(t)
	v := h.mustSave(t, on("okta", "idp a weak"))
	require.Equal(t, []string{"metadata_xml: md.weak_key"}, list(v.Warnings))
	require.Equal(t, v.Warnings, h.view(t).Warnings, "the note stays with the connection")
}

func TestRule07_WhichSessionsASaveEnds(t *testing.T) {
	off := oktaOn()
	off.UseSSO = false
	azure := settings.Draft{UseSSO: true, Provider: "azure", Connection: settings.ConnectionDraft{MetadataXML: new("idp azure-1")}}
	for name, c := range map[string]struct {
		before, save settings.Draft
		left         []string
	}{
		"off stays off":     {off, off, []string{"p1", "p2", admin.Session, "okta", "azure"}},
		"turned on":         {off, oktaOn(), []string{admin.Session, "okta", "azure"}},
		"stays on":          {oktaOn(), oktaOn(), []string{"p1", "p2", admin.Session, "okta", "azure"}},
		"turned off":        {oktaOn(), off, []string{"p1", "p2", admin.Session, "okta", "azure"}},
		"provider switched": {oktaOn(), azure, []string{"p1", "p2", admin.Session, "azure"}},
		"entity ID changed": {oktaOn(), on("okta", "idp okta-2"), []string{"p1", "p2", admin.Session, "azure"}},
		"key renewed":       {oktaOn(), on("okta", "idp okta-1 weak"), []string{"p1", "p2", admin.Session, "okta", "azure"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.mustSave(t, c.before)
			h.signedIn(t)
			h.mustSave(t, c.save)
			require.Equal(t, c.left, h.sessions(t))
		})
	}
}

func TestRule07_AConnectionSavedByItselfEndsWhatItsLeftEntityLetIn(t *testing.T) {
	for name, c := range map[string]struct {
		provider sso.ProviderKey
		xml      string
		left     []string
	}{
		"another entity ID":        {"okta", "idp okta-2", []string{"p1", "p2", admin.Session, "azure"}},
		"the same, something else": {"okta", "idp okta-1 weak", []string{"p1", "p2", admin.Session, "okta", "azure"}},
		"of the next provider":     {"azure", "idp azure-2", []string{"p1", "p2", admin.Session, "okta", "azure"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.mustSave(t, oktaOn())
			h.signedIn(t)
			kept, err := h.Connection(t.Context(), admin, tenant, c.provider)
			require.NoError(t, err)
			_, err = h.SaveConnection(t.Context(), admin, tenant, c.provider, settings.ConnectionDraft{MetadataXML: new(c.xml)}, kept.Connection.Revision)
			require.NoError(t, err)
			require.Equal(t, c.left, h.sessions(t))
		})
	}
}

func TestRule07_TurningOffKeepsEverySettingAndOnNeedsNoReentry(t *testing.T) {
	h := newHouse(t)
	d := oktaOn()
	d.JIT, d.ForceReauthentication, d.RoleSync, d.IDPInitiated = true, true, sso.SyncEveryLogin, sso.TileDeny
	d.Roles = sso.Mapping{Defaults: []sso.Key{"agent"}, Rows: []sso.Row{{Attribute: "g", Value: "a", Grant: []sso.Key{"administrator"}}}}
	d.Inboxes = sso.Mapping{Defaults: []sso.Key{"general"}}
	was := h.mustSave(t, d)

	d.Connection = settings.ConnectionDraft{}
	d.UseSSO = false
	off := h.mustSave(t, d)
	require.Equal(t, settings.StatusInactive, off.Status)
	d.UseSSO = true
	again := h.mustSave(t, d)
	again.Settings.Version = was.Settings.Version
	require.Equal(t, was, again)
}

func TestRule13_SavesAreCompareAndSet(t *testing.T) {
	h := newHouse(t)
	_, err := h.Save(t.Context(), admin, tenant, settings.Draft{}, 0)
	require.NoError(t, err)
	_, err = h.Save(t.Context(), admin, tenant, settings.Draft{}, 0)
	require.Equal(t, sso.VersionConflict, sso.CodeOf(err))
	var e *sso.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "1", e.Params["version"])
	require.Len(t, h.audit(t), 1)
}

func TestOnlyAdministratorsOfTheTenantMayEnter(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct {
		by   sso.Actor
		want sso.Code
	}{
		"administrator":         {admin, ""},
		"operator":              {operator, ""},
		"token":                 {sso.Actor{Kind: sso.APIToken, Tenant: tenant}, ""},
		"user":                  {sso.Actor{Kind: sso.Person, Tenant: tenant}, sso.Forbidden},
		"another tenant's":      {sso.Actor{Kind: sso.Person, Tenant: "other", Admin: true}, sso.NotFound},
		"another tenant's user": {sso.Actor{Kind: sso.Person, Tenant: "other"}, sso.NotFound},
		"nobody":                {sso.Actor{}, sso.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			_, view := h.View(ctx, c.by, tenant)
			_, connection := h.Connection(ctx, c.by, tenant, "okta")
			_, preview := h.Preview(ctx, c.by, tenant, sso.Evidence{})
			for _, err := range []error{view, connection, preview} {
				require.Equal(t, c.want, sso.CodeOf(err))
			}
			if c.want == "" {
				return
			}
			_, save := h.Save(ctx, c.by, tenant, settings.Draft{}, 0)
			_, saveConnection := h.SaveConnection(ctx, c.by, tenant, "okta", settings.ConnectionDraft{}, 0)
			_, disable := h.Disable(ctx, c.by, tenant)
			for _, err := range []error{save, saveConnection, disable} {
				require.Equal(t, c.want, sso.CodeOf(err))
			}
		})
	}
	_, err := h.View(t.Context(), operator, "nowhere")
	require.Equal(t, sso.NotFound, sso.CodeOf(err))
}
