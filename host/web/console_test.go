package web

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// administrator is a browser in which an administrator of acme, whose SSO is off, is signed in.
func (w *world) administrator() *browser {
	w.t.Helper()
	w.person("acme", "ada@acme.test", "administrator")
	b := w.browser()
	a := b.do("POST", "/login/acme", url.Values{"email": {"ada@acme.test"}, "password": {password}})
	require.Equal(w.t, 303, a.Code, a.Body.String())
	return b
}

var (
	inputs  = regexp.MustCompile(`<input [^>]*name="([^"]+)"[^>]*>`)
	valued  = regexp.MustCompile(` value="([^"]*)"`)
	blanks  = regexp.MustCompile(`(?s)<template.*?</template>`)
	chooses = regexp.MustCompile(`type="(checkbox|radio)"`)
)

// filled is the form of a page as a browser without scripts would send it, with changes over it; "" as only value takes a field out.
func filled(page string, changes url.Values) url.Values {
	form := url.Values{"do": {"save"}, "role_sync": {"never"}, "idp_initiated": {"restart"}, "sign_requests": {"auto"}}
	page = blanks.ReplaceAllString(page, "")
	for _, m := range inputs.FindAllStringSubmatch(page, -1) {
		value := "on"
		if v := valued.FindStringSubmatch(m[0]); v != nil {
			value = v[1]
		}
		if chooses.MatchString(m[0]) && !strings.Contains(m[0], " checked") || strings.Contains(m[0], `type="file"`) {
			continue
		}
		form.Add(m[1], value)
	}
	_, xml, _ := strings.Cut(page, "<textarea")
	_, xml, _ = strings.Cut(xml, ">\n")
	xml, _, _ = strings.Cut(xml, "</textarea>")
	form.Set("metadata_xml", strings.NewReplacer("&lt;", "<", "&gt;", ">").Replace(xml))
	for name, values := range changes {
		form[name] = values
		if len(values) == 0 {
			delete(form, name)
		}
	}
	return form
}

func (b *browser) saves(changes url.Values) *httptest.ResponseRecorder {
	b.w.t.Helper()
	page := b.do("GET", "/console/sso", nil)
	require.Equal(b.w.t, 200, page.Code, page.Body.String())
	return b.do("POST", "/console/sso", filled(page.Body.String(), changes))
}

// on is what turns SSO on by hand.
func on() url.Values {
	return url.Values{"use_sso": {"on"}, "provider": {"okta"}, "metadata_xml": {"<idp/>"}}
}

func (w *world) stored() sso.Settings {
	w.t.Helper()
	view, err := w.o.Settings.View(w.t.Context(), operator, "acme")
	require.NoError(w.t, err)
	return view.Settings
}

func TestTheConsoleSavesTheWholeDocument(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	changes := on()
	for name, value := range map[string]string{
		"force_reauthentication": "on", "create_user_on_first_login": "on", "default_roles": "agent", "default_inboxes": "general",
		"role_mappings": "7", "role_mappings[7].saml_attribute": "groups", "role_mappings[7].saml_attribute_value": "admins",
		"role_mappings[7].roles": "administrator", "role_sync": "every_login", "idp_initiated": "deny",
	} {
		changes.Set(name, value)
	}
	a := b.saves(changes)
	require.Equal(t, 303, a.Code, a.Body.String())
	require.Equal(t, "/console/sso?saved=1", a.Header().Get("Location"))
	got := w.stored()
	require.True(t, got.UseSSO && got.ForceReauthentication && got.JIT)
	require.Equal(t, sso.ProviderKey("okta"), got.Provider)
	require.Equal(t, []sso.Row{{Attribute: "groups", Value: "admins", Grant: []sso.Key{"administrator"}}}, got.Roles.Rows)
	require.Equal(t, []sso.Key{"general"}, got.Inboxes.Defaults)
	require.Equal(t, sso.SyncEveryLogin, got.RoleSync)

	// Off and saved as it stands: nothing is lost.
	require.Equal(t, 303, b.saves(url.Values{"use_sso": {}, "role_sync": {"every_login"}, "idp_initiated": {"deny"}}).Code)
	off := w.stored()
	require.False(t, off.UseSSO)
	off.UseSSO, off.Version, off.UpdatedAt = true, got.Version, got.UpdatedAt
	require.Equal(t, got, off)
}

func TestTheConsoleShowsProblemsAtTheirFieldsAndKeepsWhatWasTyped(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	changes := on()
	changes.Set("metadata_xml", "no metadata")
	changes["role_mappings"] = []string{"0"}
	changes.Set("role_mappings[0].saml_attribute", "department")
	a := b.saves(changes)
	require.Equal(t, 422, a.Code)
	page := a.Body.String()
	for _, want := range []string{
		`href="#metadata_xml"`, `href="#role_mappings-0-saml_attribute_value"`, `href="#role_mappings-0-roles"`, `id="role_mappings-0-roles"`,
		"Role mapping 1: SAML Attribute Value", "no metadata</textarea>", `value="department"`, `aria-invalid="true"`,
		`aria-invalid="true" aria-describedby="role_mappings-0-saml_attribute_value-problem"`, `id="role_mappings-0-saml_attribute_value-problem"`,
		`aria-describedby="role_mappings-0-roles-problem"`, `id="role_mappings-0-roles-problem"`,
	} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, page, "role_mappings-0-saml_attribute-problem", "this one is right")
	require.Zero(t, w.stored().Version)
}

func TestAStaleSaveShowsBothVersions(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	opened := b.do("GET", "/console/sso", nil).Body.String()
	require.Equal(t, 200, w.api("PATCH", "/tenants/acme/sso", w.admin, `{"version":0,"provider":"okta","metadata_xml":"<idp/>"}`).Code)
	a := b.do("POST", "/console/sso", filled(opened, url.Values{"force_reauthentication": {"on"}, "provider": {"okta"}, "metadata_url": {"https://mine.test"}}))
	require.Equal(t, 409, a.Code)
	page := a.Body.String()
	require.Contains(t, page, "Somebody else saved meanwhile")
	require.Contains(t, page, "https://mine.test")
	require.Contains(t, page, "&lt;idp/&gt;", "theirs")
	require.Contains(t, page, `name="version" value="1"`)
	require.False(t, w.stored().ForceReauthentication)
	again := b.do("POST", "/console/sso", filled(page, url.Values{"metadata_url": {""}}))
	require.Equal(t, 303, again.Code, again.Body.String())
	require.True(t, w.stored().ForceReauthentication)
}

func TestRowsComeAndGoWithoutScripts(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	a := b.saves(url.Values{"do": {"add_role_mappings"}})
	require.Equal(t, 200, a.Code)
	require.Contains(t, a.Body.String(), `name="role_mappings[0].saml_attribute"`)
	form := filled(a.Body.String(), url.Values{"do": {"add_role_mappings"}, "role_mappings[0].saml_attribute": {"kept"}})
	a = b.do("POST", "/console/sso", form)
	require.Contains(t, a.Body.String(), `value="kept"`)
	require.Contains(t, a.Body.String(), `name="role_mappings[1].saml_attribute"`)
	a = b.do("POST", "/console/sso", filled(a.Body.String(), url.Values{"do": {"remove_role_mappings:0"}}))
	require.NotContains(t, a.Body.String(), `value="kept"`)
	require.NotContains(t, blanks.ReplaceAllString(a.Body.String(), ""), `name="role_mappings[1]`)
	require.Zero(t, w.stored().Version)
}

// TestMetadataStaysWithItsProvider: choosing another one does not hand it over, and choosing the first again brings it back.
func TestMetadataStaysWithItsProvider(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	require.Equal(t, 303, b.saves(on()).Code)
	require.Equal(t, 303, b.saves(url.Values{"use_sso": {}, "provider": {"azure"}}).Code)
	view, err := w.o.Settings.View(t.Context(), operator, "acme")
	require.NoError(t, err)
	require.Equal(t, sso.ProviderKey("azure"), view.Settings.Provider)
	require.Empty(t, view.Connection.MetadataXML)
	require.Equal(t, 303, b.saves(url.Values{"provider": {"okta"}}).Code)
	view, err = w.o.Settings.View(t.Context(), operator, "acme")
	require.NoError(t, err)
	require.Equal(t, "<idp/>", view.Connection.MetadataXML)
}

// TestFiveHundredRowsAndAFileInOneForm: a browser sends each field as a part of its own.
func TestFiveHundredRowsAndAFileInOneForm(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	form := filled(b.do("GET", "/console/sso", nil).Body.String(), on())
	form.Del("metadata_xml")
	for i := range 500 {
		at := fmt.Sprintf("role_mappings[%d].", i)
		form.Add("role_mappings", strconv.Itoa(i))
		form.Set(at+"saml_attribute", "groups")
		form.Set(at+"saml_attribute_value", fmt.Sprintf("team%d", i))
		form.Set(at+"roles", "agent")
	}
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for name, values := range form {
		for _, value := range values {
			require.NoError(t, parts.WriteField(name, value))
		}
	}
	file, err := parts.CreateFormFile("metadata_file", "idp.xml")
	require.NoError(t, err)
	_, err = file.Write([]byte("<idp/>"))
	require.NoError(t, err)
	require.NoError(t, parts.Close())
	r := httptest.NewRequest(http.MethodPost, w.o.Origin+"/console/sso", &body)
	r.Header.Set("Content-Type", parts.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	a := w.serve(r)
	require.Equal(t, 303, a.Code, a.Body.String())
	require.Len(t, w.stored().Roles.Rows, 500)
	require.Equal(t, 500, strings.Count(b.do("GET", "/console/sso", nil).Body.String(), `name="role_mappings" value="`)-1)
}

func TestTheConsoleIsForAdministratorsAndItsOwnForms(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	form := filled(b.do("GET", "/console/sso", nil).Body.String(), nil)
	require.Equal(t, 403, b.do("POST", "/console/sso", form, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test").Code)
	w.person("acme", "bob@acme.test", "agent")
	other := w.browser()
	other.do("POST", "/login/acme", url.Values{"email": {"bob@acme.test"}, "password": {password}})
	require.Equal(t, 403, other.do("GET", "/console/sso", nil).Code)
	require.Equal(t, 403, other.do("POST", "/console/sso", form).Code)
	require.Equal(t, 401, w.browser().do("POST", "/console/sso", form).Code)
	require.Equal(t, 404, b.do("GET", "/console/nothing", nil).Code)
}

// TestTheConsoleSpeaksLanguages: the browser's, then the one chosen.
func TestTheConsoleSpeaksLanguages(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	german := b.do("GET", "/console/sso", nil, "Accept-Language", "fr, de-AT;q=0.9, en;q=0.5")
	require.Contains(t, german.Body.String(), `<html lang="de">`)
	require.Contains(t, german.Body.String(), "SSO verwenden")
	require.Contains(t, b.do("GET", "/console/sso?lang=de", nil).Body.String(), "SSO verwenden")
	require.Contains(t, b.do("GET", "/console/sso", nil).Body.String(), "SSO verwenden", "the choice is kept")
	require.Contains(t, b.do("GET", "/console/sso?lang=en", nil, "Accept-Language", "de").Body.String(), "Use SSO")
}

// TestTheConsoleFetchesMetadataUponSave: what is at the URL wins over what stands in Metadata, and is in the field afterwards.
func TestTheConsoleFetchesMetadataUponSave(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Settings.Documents = published{} })
	b := w.administrator()
	changes := on()
	changes.Set("metadata_url", "https://idp.test/metadata")
	require.Equal(t, 303, b.saves(changes).Code)
	require.Contains(t, b.do("GET", "/console/sso", nil).Body.String(), "&lt;published/&gt;</textarea>")
}

// published is one document, at every address.
type published struct{ fakeDocuments }

func (published) Fetch(context.Context, string) ([]byte, error) { return []byte("<published/>"), nil }

// TestOptionsFollowTheSwitch: what is hidden while SSO is off is in the form all the same, so that saving keeps it.
func TestOptionsFollowTheSwitch(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	page := b.do("GET", "/console/sso", nil).Body.String()
	require.Contains(t, page, "More options appear once Use SSO is on.")
	for _, option := range []string{"force_reauthentication", "provider", "metadata_url", "metadata_xml", "create_user_on_first_login"} {
		_, hidden, _ := strings.Cut(page, "once-on")
		require.Contains(t, hidden, `name="`+option+`"`)
	}
	require.Contains(t, w.pages.assets["console.css"].body, "form:not(.wrong):has(#use_sso:not(:checked)) .once-on")
}

// TestTheConsoleBeginsNothingForOthers: the page's own work is not begun, whoever would refuse it then.
func TestTheConsoleBeginsNothingForOthers(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "administrator")
	w.person("acme", "bob@acme.test", "agent")
	begun := 0
	page := w.administered(w.sections()[0], func(*visit) error { begun++; return nil })
	ask := func(email string) error {
		r := httptest.NewRequest(http.MethodGet, "/console", nil)
		r.AddCookie(w.signedInByPassword("acme", email).cookies["__Host-idplug_session"])
		return page(w.echo.NewContext(r, httptest.NewRecorder()))
	}
	require.Equal(t, sso.Forbidden, sso.CodeOf(ask("bob@acme.test")))
	require.Zero(t, begun)
	require.NoError(t, ask("ada@acme.test"))
	require.Equal(t, 1, begun)
}
