package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// hidden is the address of somebody of acme, whom nobody but administrators of acme may see.
const hidden = "hidden@acme.test"

// stage is a deployment with two tenants and everybody who may ask for a page.
type stage struct {
	*world
	sso      bool
	sessions map[string]string // caller → the value of the session cookie
	bearers  map[string]string // caller → the token of the Authorization header
	made     int
}

// callers are all who may ask, those with a sound session of acme first. What stands in the wrong place, of another time or of another tenant must let
// nobody in.
var callers = []string{
	"administrator", "member", "demoted", "other administrator", "other member", "nobody", "nonsense", "ended", "deactivated", "disabled", "renamed",
	"token as cookie", "bare token as cookie", "token", "session as token", "operator",
}

// signedIn and administers say of a caller what the table needs: the former administrator is a member now, whose session stays.
func signedIn(caller string) bool {
	return caller == "member" || caller == "demoted" || caller == "other member" || administers(caller)
}

func administers(caller string) bool {
	return caller == "administrator" || caller == "other administrator"
}

// newStage makes everybody. With SSO they signed in at their provider, which takes logouts, else by password.
func newStage(t *testing.T, withSSO bool) *stage {
	t.Helper()
	s := &stage{world: newWorld(t), sso: withSSO, sessions: map[string]string{}, bearers: map[string]string{}}
	ctx := t.Context()
	people := map[string]directory.Person{}
	for caller, role := range map[string]sso.Key{
		"administrator": sso.Administrator, "member": "agent", "demoted": sso.Administrator, "ended": sso.Administrator, "deactivated": sso.Administrator,
	} {
		people[caller] = s.person("acme", caller+"@acme.test", role)
	}
	s.tenant("other")
	s.person("other", "administrator@other.test", sso.Administrator)
	s.person("other", "member@other.test", "agent")
	s.tenant("closed")
	s.person("closed", "administrator@closed.test", sso.Administrator)
	s.person("acme", "visitor@acme.test", "agent")
	s.person("acme", hidden, "agent")
	s.o.Directory.SSO = s.o.Settings
	if withSSO {
		for _, tenant := range []sso.TenantID{"acme", "other", "closed"} {
			s.ssoOn(tenant)
			a := s.api(http.MethodPatch, "/tenants/"+string(tenant)+"/sso", operatorToken, `{"version":1,"metadata_xml":"<slo/>"}`)
			require.Equal(t, 200, a.Code, a.Body.String())
		}
		s.plugins.gone = true // until somebody is made, whose mail is then not queued
		_, err := s.o.Directory.CreateUser(ctx, operator, "other", directory.NewUser{Email: "uninvited@other.test", Roles: []sso.Key{"agent"}})
		require.NoError(t, err)
		s.plugins.gone = false
	}
	for caller := range people {
		s.sessions[caller] = s.enter("acme", caller+"@acme.test")
	}
	s.sessions["other administrator"], s.sessions["other member"] = s.enter("other", "administrator@other.test"), s.enter("other", "member@other.test")
	s.sessions["disabled"] = s.enter("closed", "administrator@closed.test")

	require.Equal(t, 303, s.as("ended", http.MethodPost, asked{path: "/logout"}).Code)
	agent, off := []sso.Key{"agent"}, sso.Deactivated
	_, err := s.o.Directory.UpdateUser(ctx, operator, "acme", people["demoted"].ID, directory.UserPatch{Roles: &agent})
	require.NoError(t, err)
	_, err = s.o.Directory.UpdateUser(ctx, operator, "acme", people["deactivated"].ID, directory.UserPatch{Status: &off})
	require.NoError(t, err)
	disabled := true
	_, err = s.o.Directory.UpdateTenant(ctx, operator, "closed", directory.TenantPatch{Disabled: &disabled})
	require.NoError(t, err)

	_, token, _ := strings.Cut(s.sessions["administrator"], ".")
	s.sessions["nonsense"], s.sessions["renamed"] = "acme.nonsense", "other."+token
	s.sessions["token as cookie"], s.sessions["bare token as cookie"] = "acme."+s.admin, s.admin
	s.bearers["token"], s.bearers["session as token"], s.bearers["operator"] = s.admin, token, operatorToken
	return s
}

// enter signs somebody in, in a browser of their own, and gives the value of the session cookie.
func (s *stage) enter(t sso.TenantID, email string) string {
	s.t.Helper()
	b := s.browser()
	if s.sso {
		b.signIn(t, email)
	} else {
		require.Equal(s.t, 303, b.do("POST", "/login/"+string(t), url.Values{"email": {email}, "password": {password}}).Code)
	}
	return b.cookies["__Host-idplug_session"].Value
}

// asked is a sound request but for who asks.
type asked struct {
	path    string
	form    url.Values
	cookies []*http.Cookie // beside the session's
	headers []string
}

// as asks as somebody.
func (s *stage) as(caller, method string, a asked, headers ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(method, "/", strings.NewReader(a.form.Encode()))
	var err error
	r.URL, err = url.Parse(s.o.Origin + a.path)
	require.NoError(s.t, err)
	r.RequestURI = a.path
	s.made++
	r.RemoteAddr = fmt.Sprintf("192.0.%d.%d:1", 2+s.made/200, 1+s.made%200) // nobody is slowed down by the others
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if a.form != nil {
		r.Header.Set("Content-Type", formType)
	}
	headers = append(append([]string{}, a.headers...), headers...)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	for _, c := range a.cookies {
		r.AddCookie(c)
	}
	if value := s.sessions[caller]; value != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-" + sessionCookie, Value: value})
	}
	if token := s.bearers[caller]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return s.serve(r)
}

// somebody is a new person of acme.
func (s *stage) somebody() directory.Person {
	s.t.Helper()
	s.made++
	email := fmt.Sprintf("p%d@acme.test", s.made)
	p, err := s.o.Directory.CreateUser(s.t.Context(), operator, "acme", directory.NewUser{Email: email, Name: "P", Roles: []sso.Key{"agent"}})
	require.NoError(s.t, err)
	return p
}

// link is a new one-time link of somebody of acme.
func (s *stage) link() string {
	s.t.Helper()
	token, err := s.o.Directory.InviteToPassword(s.t.Context(), operator, "acme", s.somebody().ID)
	require.NoError(s.t, err)
	return token
}
