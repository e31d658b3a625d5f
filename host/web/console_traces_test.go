package web

import (
	"io/fs"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

func TestConsole_PreviewSaysWhichRowGivesWhat(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "admin@acme.test", "administrator")
	w.ssoOff("acme", `"default_roles":["agent"],"role_mappings":[{"saml_attribute":"groupID","saml_attribute_value":"admins","roles":["administrator"]},`+
		`{"saml_attribute":"email","saml_attribute_value":"ada@acme.test","roles":["analyst"]}]`)
	b := w.signedInByPassword("acme", "admin@acme.test")
	for typed, want := range map[string]string{
		"groupID=admins\nx=y":                          `<strong>Administrator</strong> <span class="hint">(Role mapping 1)`,
		`{"groupID":["emea","admins"]}`:                `<strong>Administrator</strong> <span class="hint">(Role mapping 1)`,
		`{"groupID":"admins"}`:                         `<strong>Administrator</strong> <span class="hint">(Role mapping 1)`,
		"groupID = other":                              `<strong>Agent</strong> <span class="hint">(by default)`,
		" groupID=admins \r\n\r\nemail=ada@acme.test ": `(Role mapping 1, Role mapping 2)`,
	} {
		a := b.do("POST", "/console/preview", url.Values{"attributes": {typed}})
		require.Equal(t, 200, a.Code)
		require.Contains(t, a.Body.String(), want, typed)
	}
	a := b.do("POST", "/console/preview", url.Values{"email": {"Ada@acme.test"}})
	require.Contains(t, a.Body.String(), `<strong>Analyst</strong> <span class="hint">(Role mapping 2)`)
	for _, bad := range []url.Values{{"attributes": {"no equals sign"}}, {"attributes": {`{"a":1}`}}, {"attributes": {`{"a"`}}, {"attributes": {"=x"}}, {"email": {"nobody"}}} {
		a := b.do("POST", "/console/preview", bad)
		require.Equal(t, 422, a.Code, bad)
		require.Contains(t, a.Body.String(), "This cannot be read")
	}
}

func TestConsole_PreviewTakesTheAttributesOfARecentSignIn(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "admin@acme.test", "administrator")
	w.ssoOn("acme", `"default_roles":["agent"],"role_mappings":[{"saml_attribute":"email","saml_attribute_value":"nobody@acme.test","roles":["analyst"]}]`)
	b := w.browser()
	b.signIn("acme", "admin@acme.test")
	other := w.browser()
	other.do("GET", "/login/acme", nil)
	require.Equal(t, 403, other.post("acme", w.saml.answer("nobody@acme.test")).Code)
	other.do("GET", "/login/acme", nil)
	require.Equal(t, 403, other.post("acme", w.saml.encode(said{InResponseTo: "id-3", Email: "x@acme.test", Code: sso.SigUntrustedKey})).Code)
	logins := w.logins("acme")
	require.Len(t, logins, 3)
	require.Nil(t, logins[0].Attributes, "nothing was verified")
	require.NotContains(t, string(logins[1].Attributes), "nobody@acme.test", "they are sealed")

	page := b.do("GET", "/console/preview", nil).Body.String()
	require.Equal(t, 2, strings.Count(page, "<option"), "what was not verified is not offered")
	refused := strconv.FormatInt(logins[1].ID, 10)
	require.Contains(t, page, `<option value="`+refused+`" data-at="2026-03-01T12:00:00Z">2026-03-01 12:00 UTC · nobody@acme.test · user_unknown</option>`)
	a := b.do("GET", "/console/preview?login="+refused, nil)
	require.Equal(t, 200, a.Code)
	require.Contains(t, a.Body.String(), "\nemail=nobody@acme.test</textarea>")
	require.Contains(t, a.Body.String(), `" selected>2026-03-01 12:00 UTC · nobody@acme.test`)
	require.Contains(t, a.Body.String(), `<strong>Analyst</strong> <span class="hint">(Role mapping 1)`)
	require.Equal(t, 404, b.do("GET", "/console/preview?login="+strconv.FormatInt(logins[0].ID, 10), nil).Code)
	require.Equal(t, 404, b.do("GET", "/console/preview?login=x", nil).Code)
}

func TestAttributesAreShownAsTheyWouldBeTyped(t *testing.T) {
	named := sso.Attributes{{Name: "urn:oid:2.5.4.42", FriendlyName: "givenName", Values: []string{"Ada"}}, {Name: "groups", Values: []string{"a", "b"}}}
	require.Equal(t, "givenName=Ada\ngroups=a\ngroups=b\nurn:oid:2.5.4.42=Ada", typed(named))
	for _, odd := range []sso.Attributes{
		{{Name: "a=b", Values: []string{"c"}}}, {{Name: "a", Values: []string{"two\nlines"}}}, {{Name: "a", Values: []string{" spaced "}}}, {{Name: "{", Values: []string{""}}},
	} {
		back, problems := readAttributes(typed(odd))
		require.Empty(t, problems)
		require.Equal(t, odd, back)
	}
}

// ssoOff saves settings with SSO off.
func (w *world) ssoOff(t, members string) {
	w.t.Helper()
	a := w.api("PATCH", "/tenants/"+t+"/sso", operatorToken, `{"version":0,`+members+`}`)
	require.Equal(w.t, 200, a.Code, a.Body.String())
}

func TestConsole_SignInsAreListedWithEveryCheck(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "admin@acme.test", "administrator")
	w.person("acme", "agent@acme.test", "agent")
	w.ssoOn("acme")
	b := w.browser()
	b.signIn("acme", "admin@acme.test")
	other := w.browser()
	other.do("GET", "/login/acme", nil)
	require.Equal(t, 403, other.post("acme", w.saml.answer("nobody@acme.test")).Code)
	page := b.do("GET", "/console/logins", nil).Body.String()
	require.Less(t, strings.Index(page, "nobody@acme.test"), strings.Index(page, `<strong>admin@acme.test`), "newest first")
	require.Contains(t, page, "Ask your administrator to add you.")
	require.Contains(t, page, "Belongs to this browser")
	require.Contains(t, page, `<time datetime="2026-03-01T12:00:00Z">2026-03-01 12:00 UTC</time>`)
	page = b.do("GET", "/console/logins?outcome=signed_in", nil).Body.String()
	require.NotContains(t, page, "nobody@acme.test")
	page = b.do("GET", "/console/logins?code=user_unknown", nil).Body.String()
	require.Contains(t, page, "nobody@acme.test")
	require.NotContains(t, page, `<strong>admin@acme.test`)
	require.Contains(t, b.do("GET", "/console/logins?code=sig.digest", nil).Body.String(), "There is none like that.")
	require.Equal(t, 400, b.do("GET", "/console/logins?cursor=%3F", nil).Code)
	for _, path := range []string{"/console/logins", "/console/audit", "/console/preview", "/console/test"} {
		agent := w.browser()
		agent.signIn("acme", "agent@acme.test")
		require.Equal(t, 403, agent.do("GET", path, nil).Code, path)
		require.Equal(t, 302, w.browser().do("GET", path, nil).Code, "not signed in: "+path)
	}
}

func TestConsole_ASignInSaysInNamesWhatMappingsGave(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "admin@acme.test", "administrator")
	w.ssoOn("acme", `"create_user_on_first_login":true,"default_roles":["agent"],"role_mappings":[{"saml_attribute":"g","saml_attribute_value":"a","roles":["administrator"]},`+
		`{"saml_attribute":"email","saml_attribute_value":"new@acme.test","roles":["analyst"]}]`)
	w.browser().signIn("acme", "new@acme.test")
	w.browser().signIn("acme", "other@acme.test")
	b := w.browser()
	b.signIn("acme", "admin@acme.test")
	refused := w.browser()
	refused.do("GET", "/login/acme", nil)
	require.Equal(t, 403, refused.post("acme", w.saml.answer("none")).Code)
	page := b.do("GET", "/console/logins?outcome=signed_in", nil).Body.String()
	require.Contains(t, page, `<strong>Analyst</strong> <span class="hint">(Role mapping 2)`)
	require.Contains(t, page, `<strong>Agent</strong> <span class="hint">(by default)`)
	require.NotContains(t, page, "role_mappings")
	require.Equal(t, 3, strings.Count(page, "<details><summary>Checks passed: "), "closed where all is well")
	page = b.do("GET", "/console/logins?outcome=refused", nil).Body.String()
	require.Contains(t, page, "<h2>Checks</h2>")
	require.NotContains(t, page, "Checks passed")
}

func TestGiven_ReadsWhatWasRecorded(t *testing.T) {
	v := &visit{words: words{text: map[string]string{"field.role_mappings": "Role mapping"}}}
	c := sso.Catalogues{Roles: sso.Catalogue{{Key: "agent", Name: "Agent"}, {Key: "task", Name: "Task User"}}}
	require.Nil(t, v.given("", c))
	require.Equal(t, &givenView{
		RoleGrant:  grantView{Names: "Agent, gone", Rows: []string{"Role mapping 1", "Role mapping 3", "and 2 more"}, Dropped: "Task User"},
		InboxGrant: grantView{Defaulted: true},
	}, v.given("roles agent, gone by role_mappings[0], role_mappings[2], and 2 more, dropped as exclusive: task; inboxes none by default_inboxes", c))
	for _, other := range []string{"roles agent by default_roles", "words of another version; and more"} {
		require.Equal(t, &givenView{Text: other}, v.given(other, c))
	}
}

func TestConsole_ManySignInsHavePages(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "admin@acme.test", "administrator")
	for range 60 {
		w.signedInByPassword("acme", "admin@acme.test")
	}
	b := w.signedInByPassword("acme", "admin@acme.test")
	first := b.do("GET", "/console/logins?outcome=signed_in", nil).Body.String()
	require.Equal(t, 50, strings.Count(first, `class="card login"`))
	_, rest, found := strings.Cut(first, `rel="next" href="`)
	require.True(t, found)
	next, _, _ := strings.Cut(rest, `"`)
	second := b.do("GET", strings.ReplaceAll(next, "&amp;", "&"), nil).Body.String()
	require.Equal(t, 11, strings.Count(second, `class="card login"`))
	require.NotContains(t, second, `rel="next"`)
}

// TestEveryActionHasWords reads the core for what it writes into the audit.
func TestEveryActionHasWords(t *testing.T) {
	all, err := loadWords()
	require.NoError(t, err)
	written := regexp.MustCompile(`(?:entry\([^\n]*?|Action: |action, after :?= )"([a-z]+\.[a-z_]+)"`)
	found := 0
	core := os.DirFS("../../core")
	require.NoError(t, fs.WalkDir(core, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		code, err := fs.ReadFile(core, path)
		for _, action := range written.FindAllSubmatch(code, -1) {
			found++
			require.Contains(t, all[english].text, actionText+string(action[1]), path)
		}
		return err
	}))
	require.Greater(t, found, 22)
}

func TestConsole_AuditReadsAsItWasDone(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "admin@acme.test", "administrator")
	b := w.signedInByPassword("acme", "admin@acme.test")
	w.ssoOff("acme", `"default_roles":["agent","analyst"],"force_reauthentication":true,"role_mappings":[{"saml_attribute":"g","saml_attribute_value":"a","roles":["agent"]}]`)
	page := b.do("GET", "/console/audit?action=sso.save", nil).Body.String()
	require.Contains(t, page, `<th scope="row">Force users to reauthenticate</th><td><pre>off</pre></td><td><pre>on</pre></td>`)
	require.Contains(t, page, `<td><pre>agent, analyst</pre></td>`)
	require.Contains(t, page, "Roles: agent; SAML Attribute: g; SAML Attribute Value: a")
	require.NotContains(t, page, "<code>user.create")
	require.Contains(t, page, `<option value="sso.save" selected>Single Sign-On settings saved</option>`)
	require.Contains(t, page, "Single Sign-On settings saved by the operator (API) <code>sso.save</code>")
	require.Contains(t, b.do("GET", "/console/audit?lang=de", nil).Body.String(), "Person angelegt <strong>admin@acme.test</strong>")
	require.Contains(t, b.do("GET", "/console/audit?lang=en&action=other.thing", nil).Body.String(), `<option value="other.thing" selected>other.thing</option>`)
	require.Contains(t, b.do("GET", "/console/audit", nil).Body.String(), "<strong>admin@acme.test</strong>", "people by their address")
	require.Contains(t, b.do("GET", "/console/audit?actor=user:none", nil).Body.String(), "There is none like that.")
}
