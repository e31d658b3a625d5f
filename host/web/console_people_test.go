package web

import (
	"bytes"
	"fmt"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

func (b *browser) page(path string) string {
	b.w.t.Helper()
	a := b.do("GET", path, nil)
	require.Equal(b.w.t, 200, a.Code, a.Body.String())
	return a.Body.String()
}

// sends posts a page's form with changes and gives the status and the page that answers, or where it leads.
func (b *browser) sends(path, page string, changes url.Values) (int, string) {
	b.w.t.Helper()
	a := b.do("POST", path, filled(page, changes))
	if a.Code == 303 {
		return a.Code, a.Header().Get("Location")
	}
	return a.Code, a.Body.String()
}

func (w *world) user(id sso.UserID) directory.Person {
	w.t.Helper()
	p, err := w.o.Directory.User(w.t.Context(), operator, "acme", id)
	require.NoError(w.t, err)
	return p
}

func TestAnAdministratorAddsAndEditsUsers(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	blank := b.page("/console/users/new")
	require.Contains(t, blank, "Use SSO is off", "the article's advice")
	status, page := b.sends("/console/users/new", blank, url.Values{"email": {"no address"}, "name": {"Grace"}, "roles": {"agent", "task_user"}})
	require.Equal(t, 422, status)
	for _, want := range []string{`href="#email"`, `href="#roles"`, `value="no address"`, `value="Grace"`, `value="task_user" checked`, "combines with no other role"} {
		require.Contains(t, page, want)
	}
	_, page = b.sends("/console/users/new", blank, url.Values{"email": {"ada@acme.test"}, "roles": {"agent"}})
	require.Contains(t, page, "exists already")
	status, to := b.sends("/console/users/new", blank, url.Values{"email": {"Grace@acme.test"}, "name": {"<b>Grace"}, "roles": {"agent"}, "inboxes": {"general"}})
	require.Equal(t, 303, status)
	list := b.page(to)
	require.Contains(t, list, "The user was added.")
	require.Contains(t, list, "&lt;b&gt;Grace")
	people, _, err := w.o.Directory.Users(t.Context(), operator, "acme", directory.UserQuery{Search: "grace"})
	require.NoError(t, err)
	require.Len(t, people, 1)
	grace := people[0]
	require.Equal(t, sso.Invited, grace.Status)
	path := "/console/users/" + string(grace.ID)
	edit := b.page(path)
	status, to = b.sends(path, edit, url.Values{"name": {"Grace H"}, "roles": {"analyst", "developer"}, "inboxes": {}})
	require.Equal(t, 303, status, to)
	require.Contains(t, b.page(to), "Saved.")
	require.Equal(t, []sso.Key{"analyst", "developer"}, w.user(grace.ID).Roles)
	require.Empty(t, w.user(grace.ID).Inboxes)

	// The form as it was opened first is stale now.
	status, page = b.sends(path, edit, url.Values{"email": {"grace2@acme.test"}})
	require.Equal(t, 409, status)
	for _, want := range []string{"Somebody else saved meanwhile", "grace2@acme.test", "Grace H", "Analyst, Developer"} {
		require.Contains(t, page, want)
	}
	require.Equal(t, sso.Email("grace@acme.test"), w.user(grace.ID).Email)
	status, _ = b.sends(path, page, nil)
	require.Equal(t, 303, status, "saving again saves over it")
	require.Equal(t, sso.Email("grace2@acme.test"), w.user(grace.ID).Email)
	status, _ = b.sends(path, page, url.Values{"revision": {}})
	require.Equal(t, 428, status, "a form without its revision saves nothing")
}

func TestUsersAreDeactivatedUnlinkedAndDeletedByTheirPage(t *testing.T) {
	w := newWorld(t)
	w.administrator()
	w.ssoOn("acme")
	eve := w.browser()
	_, err := w.o.Directory.CreateUser(t.Context(), operator, "acme", directory.NewUser{Email: "eve@acme.test", Roles: []sso.Key{"agent"}})
	require.NoError(t, err)
	eve.signIn("acme", "eve@acme.test")
	people, _, err := w.o.Directory.Users(t.Context(), operator, "acme", directory.UserQuery{Search: "eve"})
	require.NoError(t, err)
	path, id := "/console/users/"+string(people[0].ID), people[0].ID
	b := w.browser()
	b.signIn("acme", "ada@acme.test")
	press := func(button string) (int, string) {
		return b.sends(path, b.page(path), url.Values{"do": {button}})
	}
	require.Contains(t, b.page(path), idpEntity)
	require.NotContains(t, b.page("/console/users/new"), "Use SSO is off")
	status, to := press("unlink")
	require.Equal(t, 303, status, to)
	require.Contains(t, b.page(to), "Not linked yet")
	require.Empty(t, w.user(id).Identities)
	require.Equal(t, 401, eve.do("GET", "/session", nil).Code)
	status, _ = press("deactivate")
	require.Equal(t, 303, status)
	require.Equal(t, sso.Deactivated, w.user(id).Status)
	require.Contains(t, b.page(path), "Reactivate")
	status, _ = press("reactivate")
	require.Equal(t, 303, status)
	require.Equal(t, sso.Active, w.user(id).Status)
	status, _ = press("explode")
	require.Equal(t, 400, status)
	status, to = press("delete")
	require.Equal(t, 303, status)
	require.Contains(t, b.page(to), "The user was deleted.")
	require.Equal(t, 404, b.do("GET", path, nil).Code)
}

func TestRule11TheConsoleKeepsTheLastAdministrator(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	people, _, err := w.o.Directory.Users(t.Context(), operator, "acme", directory.UserQuery{})
	require.NoError(t, err)
	path := "/console/users/" + string(people[0].ID)
	page := b.page(path)
	require.Contains(t, page, "This is you.")
	for field, changes := range map[string]url.Values{
		"roles": {"roles": {"agent"}}, "status": {"do": {"deactivate"}}, "delete": {"do": {"delete"}},
	} {
		status, answer := b.sends(path, page, changes)
		require.Equal(t, 409, status, field)
		require.Contains(t, answer, `href="#`+field+`"`)
		_, at, _ := strings.Cut(answer, `id="`+field+`"`)
		require.Contains(t, at[:400], "This is the last active administrator.", field)
	}
	require.Equal(t, people[0].User, w.user(people[0].ID).User)
}

func TestTheListOfUsersIsFoundSortedAndTurned(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	var file strings.Builder
	file.WriteString("email,name,roles\n")
	for i := range 70 {
		fmt.Fprintf(&file, "m%02d@acme.test,,agent\n", i)
	}
	require.Equal(t, 200, w.imports("", file.String()).Code)
	first := b.page("/console/users?role=agent&sort=-email&search=acme&status=invited")
	require.Equal(t, 50, strings.Count(first, `<tr><th scope="row">`))
	require.Contains(t, first, `<th scope="col" aria-sort="descending"><a href="/console/users?role=agent&amp;search=acme&amp;sort=email&amp;status=invited">E-mail address</a>`)
	require.Contains(t, first, `<option value="agent" selected>`)
	require.Contains(t, first, `name="sort" value="-email"`)
	next := html.UnescapeString(regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(first)[1])
	second := b.page(next)
	require.Equal(t, 20, strings.Count(second, `<tr><th scope="row">`))
	require.Contains(t, second, "m00@acme.test")
	require.NotContains(t, second, "m69@acme.test")
	require.NotContains(t, second, `rel="next"`)
	require.Contains(t, second, "Back to the beginning")
	require.Contains(t, b.page("/console/users?search=zzz"), "Nobody is found that way.")
	require.NotContains(t, b.page("/console/users?done=%3Cscript%3E"), `class="note"`)
	require.Equal(t, 400, b.do("GET", "/console/users?sort=size", nil).Code)

	export := regexp.MustCompile(`href="(/console/users/export[^"]+)"`).FindStringSubmatch(first)[1]
	a := b.do("GET", html.UnescapeString(export), nil)
	require.Equal(t, `attachment; filename="acme-users.csv"`, a.Header().Get("Content-Disposition"))
	require.Equal(t, 71, strings.Count(a.Body.String(), "\r\n"))
}

// uploads posts a file as a browser does.
func (b *browser) uploads(path, field, file string) *httptest.ResponseRecorder {
	b.w.t.Helper()
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	part, err := parts.CreateFormFile(field, "people.csv")
	require.NoError(b.w.t, err)
	_, err = part.Write([]byte(file))
	require.NoError(b.w.t, err)
	require.NoError(b.w.t, parts.WriteField("do", "check"))
	require.NoError(b.w.t, parts.Close())
	r := httptest.NewRequest(http.MethodPost, b.w.o.Origin+path, &body)
	r.Header.Set("Content-Type", parts.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	return b.w.serve(r)
}

func TestAFileIsCheckedBeforeItIsImported(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	require.Contains(t, b.page("/console/users/import"), "email,name,roles,inboxes")
	for file, want := range map[string]string{
		"": "the file is empty", "name\n": "column “email” is missing", "email,roles\n\"x": "line 2",
		strings.Repeat("x", directory.MaxPeopleFile+1): "larger than 1 MiB", "email,roles\n" + strings.Repeat("a,b\n", 2001): "more than 2000",
	} {
		a := b.uploads("/console/users/import", "file", file)
		require.GreaterOrEqual(t, a.Code, 413)
		require.Contains(t, a.Body.String(), want)
	}
	a := b.uploads("/console/users/import", "file", "email,roles\nx@acme.test,agent\nnobody,chef\n")
	require.Equal(t, 422, a.Code)
	require.Contains(t, a.Body.String(), "Rows with problems: 1.")
	require.NotContains(t, a.Body.String(), `value="import"`)
	require.Contains(t, a.Body.String(), "<td>nobody</td>", "as it was typed")
	require.Less(t, strings.Index(a.Body.String(), `<th scope="row">3</th>`), strings.Index(a.Body.String(), `<th scope="row">2</th>`), "problems first")

	file := "email,name,roles\r\nada@acme.test,,agent\r\nbob@acme.test,\"Bob, \"\"B\"\"\r\n</textarea><b>\",agent\r\n"
	require.Equal(t, 422, b.uploads("/console/users/import", "file", file).Code, "a name has no line breaks")
	file = "email,name,roles\r\nada@acme.test,,agent\r\nbob@acme.test,\"Bob, \"\"B\"\" </textarea><b>\",agent\r\n"
	a = b.uploads("/console/users/import", "file", file)
	require.Equal(t, 200, a.Code, a.Body.String())
	for _, want := range []string{"To be added: 1. There already: 1.", "is there already", "Add 1"} {
		require.Contains(t, a.Body.String(), want)
	}
	people := func() int {
		list, _, err := w.o.Directory.Users(t.Context(), operator, "acme", directory.UserQuery{})
		require.NoError(t, err)
		return len(list)
	}
	require.Equal(t, 1, people(), "nothing is written yet")
	_, text, _ := strings.Cut(a.Body.String(), "<textarea name=\"csv\" hidden>\n")
	text, _, _ = strings.Cut(text, "</textarea>")
	require.Equal(t, file, html.UnescapeString(text))
	done := b.do("POST", "/console/users/import", url.Values{"do": {"import"}, "csv": {html.UnescapeString(text)}})
	require.Equal(t, 303, done.Code, done.Body.String())
	require.Contains(t, b.page(done.Header().Get("Location")), "Added: 1. There already: 1.")
	require.Equal(t, 2, people())
	forged := b.do("POST", "/console/users/import", url.Values{"do": {"import"}, "csv": {"email,roles\nx,agent"}})
	require.Equal(t, 422, forged.Code)
	require.Contains(t, forged.Body.String(), "Rows with problems: 1.")
}

func TestCataloguesAreEditedWithoutScripts(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	for _, kind := range []string{"roles", "inboxes"} {
		path := "/console/" + kind
		_, page := b.sends(path, b.page(path), url.Values{"do": {"add"}})
		last := regexp.MustCompile(kind+`\[(\d+)\]\.key`).FindAllStringSubmatch(page, -1)
		at := kind + "[" + last[len(last)-1][1] + "]."
		status, page := b.sends(path, page, url.Values{at + "key": {"Bad Key"}, at + "name": {"New"}})
		require.Equal(t, 422, status)
		require.Contains(t, page, `value="Bad Key"`)
		require.Contains(t, page, `href="#`+fieldID(at+"key")+`"`)
		_, page = b.sends(path, page, url.Values{at + "key": {"new"}, "do": {"up:" + last[len(last)-1][1]}})
		status, to := b.sends(path, page, nil)
		require.Equal(t, 303, status, to)
		require.Contains(t, b.page(to), "Saved.")
	}
	c, err := w.o.Directory.Catalogues(t.Context(), operator, "acme")
	require.NoError(t, err)
	require.Equal(t, sso.Catalogue{{Key: "new", Name: "New"}, {Key: "general", Name: "General"}}, c.Inboxes)
	require.Equal(t, sso.Key("new"), c.Roles[len(c.Roles)-2].Key)
	require.Equal(t, sso.Entry{Key: "liveboards_only", Name: "Liveboards Only", Exclusive: true}, c.Roles[len(c.Roles)-1], "what was not touched is kept")

	// An empty row that was added is not saved, and buttons that are not there do nothing.
	_, page := b.sends("/console/inboxes", b.page("/console/inboxes"), url.Values{"do": {"add"}})
	_, page = b.sends("/console/inboxes", page, url.Values{"do": {"remove:99"}})
	status, _ := b.sends("/console/inboxes", page, nil)
	require.Equal(t, 303, status)
	after, err := w.o.Directory.Catalogues(t.Context(), operator, "acme")
	require.NoError(t, err)
	require.Equal(t, c, after)
}

func TestACatalogueSaysWhatIsInUseAtItsRow(t *testing.T) {
	w := newWorld(t)
	b := w.administrator() // has the inbox general
	_, page := b.sends("/console/inboxes", b.page("/console/inboxes"), url.Values{"do": {"remove:0"}})
	require.NotContains(t, page, `value="general"`)
	status, page := b.sends("/console/inboxes", page, nil)
	require.Equal(t, 409, status)
	_, row, _ := strings.Cut(page, `id="inboxes-0"`)
	require.Contains(t, row, `value="general"`, "it stands there again")
	require.Contains(t, row, "general is still in use: 1 user.")

	require.NotContains(t, b.page("/console/roles"), `value="remove:1"`, "administrator has no button")
	_, page = b.sends("/console/roles", b.page("/console/roles"), url.Values{"do": {"remove:1"}})
	status, page = b.sends("/console/roles", page, nil)
	require.Equal(t, 409, status)
	_, row, _ = strings.Cut(page, `id="roles-1"`)
	require.Contains(t, row[:1600], "cannot be removed")
	require.Contains(t, page, `name="roles[1].key" value="administrator"`)
	require.Contains(t, page, `<a href="#roles-1">Role 2</a>`)
}

func TestAStaleCatalogueShowsWhatIsSaved(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	opened := b.page("/console/inboxes")
	require.Equal(t, 200, w.api("PUT", "/tenants/acme/inboxes", w.admin, `[{"key":"general","name":"Theirs"}]`).Code)
	status, page := b.sends("/console/inboxes", opened, url.Values{"inboxes[0].name": {"Mine"}})
	require.Equal(t, 409, status)
	require.Contains(t, page, "</code> Theirs")
	require.Contains(t, page, `value="Mine"`)
	status, _ = b.sends("/console/inboxes", page, nil)
	require.Equal(t, 303, status)
	c, err := w.o.Directory.Catalogues(t.Context(), operator, "acme")
	require.NoError(t, err)
	require.Equal(t, "Mine", c.Inboxes[0].Name)
	status, _ = b.sends("/console/inboxes", page, url.Values{"revision": {}})
	require.Equal(t, 428, status)
}

func TestPagesOfPeopleAreForAdministratorsAndOwnForms(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	bob := w.person("acme", "bob@acme.test", "agent")
	other := w.browser()
	other.do("POST", "/login/acme", url.Values{"email": {"bob@acme.test"}, "password": {password}})
	w.tenant("globex")
	theirs, err := w.o.Directory.CreateUser(t.Context(), operator, "globex", directory.NewUser{Email: "eve@globex.test", Roles: []sso.Key{"agent"}})
	require.NoError(t, err)
	for _, path := range []string{"", "/new", "/import", "/export", "/" + string(bob.ID)} {
		require.Equal(t, 403, other.do("GET", "/console/users"+path, nil).Code, path)
		require.Equal(t, 302, w.browser().do("GET", "/console/users"+path, nil).Code, path)
	}
	for _, path := range []string{"users/new", "users/import", "users/" + string(bob.ID), "roles", "inboxes"} {
		form := url.Values{"do": {"delete"}, "revision": {"x"}}
		require.Equal(t, 403, other.do("POST", "/console/"+path, form).Code, path)
		require.Equal(t, 403, b.do("POST", "/console/"+path, form, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test").Code, path)
	}
	require.Equal(t, 404, b.do("GET", "/console/users/"+string(theirs.ID), nil).Code)
	require.Equal(t, 404, b.do("POST", "/console/users/"+string(theirs.ID), url.Values{"do": {"delete"}}).Code)
	for _, path := range []string{"users", "users/new", "users/import", "users/" + string(bob.ID), "roles", "inboxes"} {
		german := b.do("GET", "/console/"+path, nil, "Accept-Language", "de").Body.String()
		require.Contains(t, german, `<html lang="de">`)
		require.NotRegexp(t, `<script>| style=| on[a-z]+="`, german)
	}
	require.NotContains(t, w.log.String(), "@acme.test")
}
