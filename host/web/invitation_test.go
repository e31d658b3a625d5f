package web

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// added adds somebody by the API and returns their address there.
func (w *world) added(email string, headers ...string) (path string, user map[string]any) {
	w.t.Helper()
	a := w.api("POST", "/tenants/acme/users", w.admin, `{"email":"`+email+`","roles":["agent"]}`, headers...)
	require.Equal(w.t, 201, a.Code, a.Body.String())
	return strings.TrimPrefix(a.Header().Get("Location"), apiBase), document(w.t, a)
}

// letter is the next mail that would go.
func (w *world) letter() directory.Letter {
	w.t.Helper()
	l, ok, err := w.o.Directory.NextMail(w.t.Context())
	require.NoError(w.t, err)
	require.True(w.t, ok, "no mail is due")
	return l
}

// sent lets the next mail go.
func (w *world) sent() directory.Letter {
	w.t.Helper()
	l := w.letter()
	require.NoError(w.t, w.o.Directory.MailSent(w.t.Context(), l))
	return l
}

func invitationOf(t *testing.T, w *world, path string) map[string]any {
	t.Helper()
	return document(t, w.api("GET", path, w.admin, ""))["invitation"].(map[string]any)
}

func TestAnInvitationIsFollowedByAPI(t *testing.T) {
	w := newWorld(t)
	path, user := w.added("ada@acme.test", "Accept-Language", "de-AT, en;q=0.5")
	require.Equal(t, map[string]any{"state": "waiting", "queued_at": "2026-03-01T12:00:00Z", "sent_at": nil, "expires_at": nil, "error": nil}, user["invitation"])
	w.pass(time.Minute)
	l := w.letter()
	require.Equal(t, "de", l.Language, "who asks chooses the language")
	require.NoError(t, w.o.Directory.MailNotSent(t.Context(), l, directory.MailError{Code: sso.MailRefused, Detail: "550 unknown"}, true))
	i := invitationOf(t, w, path)
	require.Equal(t, "failed", i["state"])
	require.Equal(t, "550 unknown", i["error"].(map[string]any)["detail"])
	require.Equal(t, "mail_refused", i["error"].(map[string]any)["code"])

	a := w.api("POST", path+"/invitation", w.admin, "")
	require.Equal(t, 202, a.Code, a.Body.String())
	require.Equal(t, "waiting", document(t, a)["invitation"].(map[string]any)["state"])
	w.sent()
	i = invitationOf(t, w, path)
	require.Equal(t, "sent", i["state"])
	require.Equal(t, "2026-03-02T12:01:00Z", i["expires_at"])
	require.Equal(t, "2026-03-01T12:01:00Z", i["sent_at"])
	w.pass(24 * time.Hour)
	require.Equal(t, "expired", invitationOf(t, w, path)["state"])
	a = w.api("POST", "/tenants/acme/users/invitations", w.admin, "")
	require.Equal(t, 202, a.Code, a.Body.String())
	require.Equal(t, map[string]any{"invited": 1.0}, document(t, a))
	refused(t, w.api("POST", "/tenants/acme/users/u_nobody/invitation", w.admin, ""), 404, sso.NotFound)
	refused(t, w.api("POST", path+"/invitation", "", ""), 401, sso.Unauthorized)
}

func TestWhileSSOCannotBeUsedNobodyIsInvited(t *testing.T) {
	w := newWorld(t)
	w.o.Directory.SSO = w.o.Settings
	w.ssoOn("acme")
	path, user := w.added("ada@acme.test")
	require.Equal(t, "waiting", user["invitation"].(map[string]any)["state"], "the positive twin")
	w.plugins.gone = true
	_, user = w.added("bob@acme.test")
	i := user["invitation"].(map[string]any)
	require.Equal(t, "none", i["state"])
	require.Equal(t, "invitation_sso_not_ready", i["error"].(map[string]any)["code"])
	refused(t, w.api("POST", path+"/invitation", w.admin, ""), 409, sso.InvitationNotReady)
	refused(t, w.api("POST", "/tenants/acme/users/invitations", w.admin, ""), 409, sso.InvitationNotReady)
	a := w.api("POST", "/tenants/acme/users/import", w.admin, "email,roles\ncleo@acme.test,agent\n", "Content-Type", "text/csv")
	require.Equal(t, 200, a.Code, a.Body.String())
	require.Equal(t, "invitation_sso_not_ready", document(t, a)["not_invited"].(map[string]any)["code"])
	w.plugins.gone = false
	a = w.api("POST", "/tenants/acme/users/import?dry_run=true", w.admin, "email,roles\ndora@acme.test,agent\n", "Content-Type", "text/csv")
	require.Nil(t, document(t, a)["not_invited"])
	require.Equal(t, map[string]any{"invited": 2.0}, document(t, w.api("POST", "/tenants/acme/users/invitations", w.admin, "")))
}

func TestTheInvitationsButtonLeadsToTheProvider(t *testing.T) {
	w := newWorld(t)
	w.ssoOn("acme")
	path, _ := w.added("ada@acme.test")
	l := w.sent()
	page := "/invitation/acme/" + l.Token
	b := w.browser()
	for range 2 { // mail scanners open links
		a := b.do("GET", page, nil)
		require.Equal(t, 200, a.Code)
		require.NotContains(t, a.Body.String(), "password")
		require.Contains(t, a.Header().Get("Content-Security-Policy"), "form-action 'self' https:", "the button ends at the provider")
	}
	a := b.do("POST", page, url.Values{})
	require.Equal(t, 303, a.Code, a.Body.String())
	require.Equal(t, "/login/acme", a.Header().Get("Location"))
	require.Equal(t, "invited", document(t, w.api("GET", path, w.admin, ""))["status"], "until the sign-in")
	require.Equal(t, 410, b.do("POST", page, url.Values{}).Code, "spent")
	w.pass(time.Second)
	b.signIn("acme", "ada@acme.test")
	user := document(t, w.api("GET", path, w.admin, ""))
	require.Equal(t, "active", user["status"])
	require.Equal(t, "accepted", user["invitation"].(map[string]any)["state"])
	refused(t, w.api("POST", path+"/invitation", w.admin, ""), 409, sso.InvitationAccepted)
}

func TestTheInvitationSetsAPasswordWhileSSOIsOff(t *testing.T) {
	w := newWorld(t)
	path, _ := w.added("ada@acme.test")
	page := "/invitation/acme/" + w.sent().Token
	b := w.browser()
	a := b.do("GET", page, nil)
	require.Contains(t, a.Body.String(), "add people once single sign-on is on", "the article's advice")
	w.pass(time.Second)
	require.Equal(t, 303, b.do("POST", page, url.Values{"password": {password}, "password_again": {password}}).Code)
	require.Equal(t, 200, b.do("GET", "/session", nil).Code)
	require.Equal(t, "accepted", document(t, w.api("GET", path, w.admin, ""))["invitation"].(map[string]any)["state"])
}

// mute compares no password.
type mute struct{ fakePasswords }

func (mute) Verify(context.Context, string, string) (bool, error) { return false, errBroken }

// TestALinkWhosePasswordCannotBeComparedSignsNobodyIn, though it was set.
func TestALinkWhosePasswordCannotBeComparedSignsNobodyIn(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	for _, status := range []int{500, 303} {
		link, err := w.o.Directory.InviteToPassword(t.Context(), operator, "acme", w.onePerson().ID)
		require.NoError(t, err)
		if w.o.Login.Passwords = (fakePasswords{}); status == 500 {
			w.o.Login.Passwords = mute{}
		}
		b := w.browser()
		a := b.do("POST", "/invitation/acme/"+link, url.Values{"password": {password}, "password_again": {password}})
		require.Equal(t, status, a.Code, a.Body.String())
		require.Equal(t, status == 303, b.cookies["__Host-idplug_session"] != nil)
	}
}
