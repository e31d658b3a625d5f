package browser

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// look is a page in a state worth looking at.
type look struct {
	name string
	page string // its template
	open func(*testing.T, *scene) *chromium
}

// repeats are parts of a page that are made as those before them are; judging all of them would take a minute.
var repeats = map[string]string{"api.html": "section:nth-of-type(n+6), li:nth-of-type(n+6)"}

// looks are all pages. A page of the console needs a line here.
var looks = []look{
	{"sign-in", "signin.html", public("/login", "Sign in")},
	{"signed-out", "signin.html", public("/login?signed_out=1", "Sign in")},
	{"password", "password.html", public("/login/fresh", "Sign in")},
	{"password-refused", "password.html", wrongPassword},
	{"reset", "reset.html", public("/reset", "")},
	{"invitation", "invitation.html", func(t *testing.T, s *scene) *chromium {
		return public(strings.TrimPrefix(s.fresh.link, s.fresh.host), "Welcome")(t, s)
	}},
	{"refused", "refusal.html", func(_ *testing.T, s *scene) *chromium {
		return s.strict.signsIn("Grace Hopper", "You have no user here yet")
	}},
	{"not-found", "refusal.html", public("/console/nothing", "")},
	{"post-binding", "post.html", postBinding},
	{"other", "other.html", func(_ *testing.T, s *scene) *chromium {
		c := s.strict.signsIn("Ada Lovelace", "Signed in")
		c.visit(s.acme.tile("okta"), "You are signed in already")
		return c
	}},
	{"home", "home.html", func(_ *testing.T, s *scene) *chromium { return s.acme.signsIn("Grace Hopper", "Signed in") }},
	{"account", "account.html", account},
	{"api", "api.html", public("/api/docs", "API")},
	{"sso", "console_sso.html", console("/sso")},
	{"sso-off", "console_sso.html", ssoOff},
	{"sso-problems", "console_sso.html", ssoProblems},
	{"sso-conflict", "console_sso.html", ssoConflict},
	{"test", "console_tests.html", console("/test")},
	{"test-result", "console_tested.html", tested},
	{"preview", "console_preview.html", console("/preview")},
	{"preview-outcome", "console_preview.html", preview},
	{"logins", "console_logins.html", logins},
	{"audit", "console_audit.html", console("/audit")},
	{"mail", "console_mail.html", console("/mail")},
	{"users", "console_users.html", console("/users")},
	{"users-none-found", "console_users.html", console("/users?search=nobody")},
	{"user", "console_user.html", user},
	{"user-new", "console_user.html", console("/users/new")},
	{"import", "console_import.html", console("/users/import")},
	{"import-report", "console_import.html", importReport},
	{"roles", "console_catalogue.html", console("/roles")},
	{"inboxes", "console_catalogue.html", console("/inboxes")},
}

// scene are the tenants in the looks: one in full use, one that was just made, one whose people are added by hand.
type scene struct {
	acme, fresh, strict *tenant
	ada                 *chromium // whose cookies the console's pages are opened with
}

// people of the tenant in full use.
var people = []struct{ name, roles, inboxes string }{
	{"Barbara Liskov", "team_manager,agent", "general,emea"},
	{"Edsger Dijkstra", "analyst", "general"},
	{"Frances Allen", "agent_plus", "emea"},
	{"John McCarthy", "agent", "general"},
	{"Katherine Johnson", "compliance_administrator", ""},
	{"Margaret Hamilton", "developer", "general"},
	{"Radia Perlman", "agent", "emea"},
	{"Tim Berners-Lee", "task_user", "general"},
}

func newScene(t testing.TB) *scene {
	t.Helper()
	s := &scene{acme: newTenant(t, "acme", "Acme Inc"), fresh: newTenant(t, "fresh", "Fresh Fruit Ltd"), strict: newTenant(t, "strict", "Strict Ltd")}
	s.acme.ssoOn("okta", map[string]any{
		"create_user_on_first_login": true, "default_roles": []string{"agent"}, "default_inboxes": []string{"general"},
		"role_mappings": []map[string]any{
			{"saml_attribute": "groups", "saml_attribute_value": "admins", "roles": []string{"administrator"}},
			{"saml_attribute": "groups", "saml_attribute_value": "emea", "roles": []string{"team_manager", "analyst"}},
		},
		"inbox_mappings": []map[string]any{{"saml_attribute": "groups", "saml_attribute_value": "emea", "inboxes": []string{"emea"}}},
	})
	for _, p := range people {
		list := func(s string) []string { return strings.FieldsFunc(s, func(r rune) bool { return r == ',' }) }
		s.acme.api(http.MethodPost, "/users", map[string]any{
			"email": strings.ToLower(strings.ReplaceAll(p.name, " ", ".")) + "@example.com", "name": p.name, "roles": list(p.roles), "inboxes": list(p.inboxes),
		})
	}
	s.strict.ssoOn("okta", nil)
	s.ada = s.acme.administrator(desktop)
	return s
}

// public opens a page that anybody may see.
func public(path, heading string) func(*testing.T, *scene) *chromium {
	return func(t *testing.T, s *scene) *chromium {
		c := open(t, desktop)
		c.visit(s.acme.host+path, heading)
		return c
	}
}

// console opens a page of the console as Ada.
func console(path string) func(*testing.T, *scene) *chromium {
	return func(t *testing.T, s *scene) *chromium {
		c := *s.ada
		c.t = t
		c.unguard() // what the look before typed may be left behind
		c.visit(s.acme.host+"/console"+path, "")
		return &c
	}
}

func wrongPassword(t *testing.T, s *scene) *chromium {
	c := public("/login/fresh", "Sign in")(t, s)
	c.fill("#email", "nobody@example.com")
	c.fill("#password", "not the password")
	c.leaving(chromedp.Submit("#password"))
	return c
}

// postBinding stops at the page that carries the request on, which takes a browser without scripts.
func postBinding(t *testing.T, s *scene) *chromium {
	answer, err := http.Get(s.acme.metadata("okta"))
	require.NoError(t, err)
	defer answer.Body.Close()
	xml, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	only := regexp.MustCompile(`<md:SingleSignOnService[^>]*HTTP-Redirect[^>]*/>`).ReplaceAllString(string(xml), "")
	n := newTenant(t, "postonly", "Post Only Ltd")
	n.ssoOn("okta", map[string]any{"metadata_url": "", "metadata_xml": only})
	c := open(t, desktop)
	c.scripts(false)
	c.visit(n.host+"/login/postonly", "")
	c.at(n.host)
	c.scripts(true) // the judge needs them; the page's own was left out when it was read
	return c
}

// scripts turns those of pages on or off; what a test evaluates runs all the same.
func (c *chromium) scripts(on bool) {
	c.t.Helper()
	c.do(command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}))
}

func ssoOff(t *testing.T, s *scene) *chromium {
	n := newTenant(t, "off", "Not Yet Ltd")
	n.t = t
	c := n.first(desktop)
	c.visit(s.acme.host+"/console/sso", "Single Sign-On")
	return c
}

func ssoProblems(t *testing.T, s *scene) *chromium {
	c := console("/sso")(t, s)
	c.fill("#metadata_url", "")
	c.fill("#metadata_xml", "<html>the provider's home page</html>")
	c.addRow("+ Add Role Mapping", "department", "", "Developer")
	c.save()
	require.Contains(t, c.words(), "Nothing was saved")
	return c
}

func ssoConflict(t *testing.T, s *scene) *chromium {
	c := console("/sso")(t, s)
	c.tick("Force users to reauthenticate", true)
	s.acme.t = t
	s.acme.api(http.MethodPatch, "/sso", map[string]any{"version": c.version(), "idp_initiated": "deny"}) // somebody else saves meanwhile
	c.save()
	require.Contains(t, c.words(), "Somebody else saved meanwhile")
	return c
}

// account is Ada's own page, with her sessions.
func account(t *testing.T, s *scene) *chromium {
	c := console("/sso")(t, s)
	c.visit(s.acme.host+"/account", "")
	return c
}

// preview shows what attributes would give.
func preview(t *testing.T, s *scene) *chromium {
	c := console("/preview")(t, s)
	c.fill("#attributes", "groups=admins\ngroups=emea")
	c.leaving(chromedp.Click(`form.card button`))
	require.Contains(t, c.words(), "Administrator")
	return c
}

// logins opens each sign-in of the list.
func logins(t *testing.T, s *scene) *chromium {
	c := console("/logins")(t, s)
	c.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("main > details").forEach(d => { d.open = true; })`))
	return c
}

// tested is what an administrator sees of a sign-in that changes nothing.
func tested(t *testing.T, s *scene) *chromium {
	c := console("/test")(t, s)
	c.push(`//button[@value="okta"]`)
	c.do(chromedp.WaitVisible(`//h1[contains(., "Who are you?") or contains(., ": Okta")]`))
	if strings.Contains(ask(c, chromedp.Text("h1")), "Who are you?") {
		c.click("Ada Lovelace")
	}
	c.see(": Okta")
	require.Contains(t, c.words(), "ada@example.com")
	return c
}

func user(t *testing.T, s *scene) *chromium {
	c := console("/users?search=ada@")(t, s)
	c.leaving(chromedp.Click(`.list tbody a`))
	c.see("Ada Lovelace")
	return c
}

func importReport(t *testing.T, s *scene) *chromium {
	file := filepath.Join(t.TempDir(), "people.csv")
	csv := "email,name,roles,inboxes\nalan@example.com,Alan Turing,agent,general\nada@example.com,,administrator,\nnobody,No Body,pilot,nowhere\n"
	require.NoError(t, os.WriteFile(file, []byte(csv), 0o600))
	c := console("/users/import")(t, s)
	c.do(chromedp.SetUploadFiles("#file", []string{file}))
	c.leaving(chromedp.Click(`button[value=check]`))
	return c
}
