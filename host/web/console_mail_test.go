package web

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

func TestTheConsoleShowsMailThatWaits(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	require.Contains(t, b.page("/console"), `href="/console/mail"`, "reached from every page")
	require.Contains(t, b.page("/console/mail"), "No mail waits.")
	path, user := w.added("bob@acme.test")
	id := user["id"].(string)
	w.o.Directory.NoMail = true
	page := b.page("/console/mail")
	for _, want := range []string{"bob@acme.test", "waits", "sends no mail yet", `href="/console/users/` + id + `"`} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, page, "the mail waits.", "said once, above the rows")
	require.NotContains(t, page, "Next attempt", "there is none")
	w.o.Directory.NoMail = false
	require.Contains(t, b.page("/console/mail"), "Next attempt")
	l := w.letter()
	require.NoError(t, w.o.Directory.MailNotSent(t.Context(), l, directory.MailError{Code: sso.MailRefused, Detail: "550 <b>no"}, true))
	page = b.page("/console/mail")
	for _, want := range []string{"failed", "The mail server refused the mail.", "550 &lt;b&gt;no", "Attempts: 1"} {
		require.Contains(t, page, want)
	}
	require.Contains(t, b.page("/console/users?status=invited"), "mail failed")
	require.Contains(t, b.page("/console/users/"+id), "550 &lt;b&gt;no")

	status, to := b.sends("/console/mail", page, url.Values{"user": {id}})
	require.Equal(t, 303, status, to)
	page = b.page(to)
	require.Contains(t, page, "The invitation waits to be sent.")
	require.NotContains(t, page, "550 ", "a fresh start")
	w.sent()
	require.NotContains(t, b.page("/console/mail"), "bob@acme.test")
	require.Contains(t, b.page("/console/users?status=invited"), "mail sent")
	page = b.page("/console/users/" + id)
	require.Contains(t, page, "the link works until")
	w.pass(24 * time.Hour)
	require.Contains(t, w.administratorAgain(b).page("/console/users/"+id), "link expired")

	// Whoever signed in meanwhile needs none.
	a := w.api("PATCH", path, w.admin, `{"status":"deactivated"}`)
	require.Equal(t, 200, a.Code)
	status, page = b.sends("/console/mail", "", url.Values{"user": {id}})
	require.Equal(t, 403, status)
	require.Contains(t, page, `role="alert"`)
	require.NotContains(t, b.page("/console/users/"+id), `value="invite"`)
}

// administratorAgain signs the administrator in anew.
func (w *world) administratorAgain(b *browser) *browser {
	w.t.Helper()
	require.Equal(w.t, 303, b.do("POST", "/login/acme", url.Values{"email": {"ada@acme.test"}, "password": {password}}).Code)
	return b
}

func TestPeopleAddedBeforeAreInvitedOnceTheyCanBe(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	w.o.Directory.SSO = unready{}
	status, to := b.sends("/console/users/new", b.page("/console/users/new"), url.Values{"email": {"bob@acme.test"}, "roles": {"agent"}})
	require.Equal(t, 303, status)
	page := b.page(to)
	require.Contains(t, page, "No invitation was sent")
	require.Contains(t, page, "no invitation that works: 1")
	people, _, err := w.o.Directory.Users(t.Context(), operator, "acme", directory.UserQuery{Search: "bob"})
	require.NoError(t, err)
	bob := "/console/users/" + string(people[0].ID)
	status, page = b.sends(bob, "", url.Values{"do": {"invite"}})
	require.Equal(t, 409, status)
	require.Contains(t, page, "no longer properly configured")
	require.Equal(t, 409, b.do("POST", "/console/users", url.Values{}).Code)

	w.o.Directory.SSO = nil
	require.Contains(t, b.page("/console/users"), "Invite all")
	status, to = b.sends("/console/users", "", nil)
	require.Equal(t, 303, status)
	page = b.page(to)
	require.Contains(t, page, "Invitations that wait to be sent: 1.")
	require.NotContains(t, page, "Invite all")
	require.Contains(t, page, "mail waits")
	status, to = b.sends(bob, "", url.Values{"do": {"invite"}})
	require.Equal(t, 303, status)
	require.Contains(t, b.page(to), "mail waits")
}

// unready is SSO that is on and cannot be used.
type unready struct{}

func (unready) Working(context.Context, sso.TenantID) (bool, error) { return false, nil }
