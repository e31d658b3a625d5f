package security

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// scene is a pair of new tenants with everybody who may ask.
type scene struct {
	*world
	acme, other sso.TenantID
	bearers     map[string]string   // caller → token
	browsers    map[string]*browser // caller → with a session
}

// callers are all that may ask, and whether they belong to the tenant in the path.
var callers = []string{"anonymous", "bad token", "user", "administrator", "token", "other user", "other administrator", "other token", "operator"}

var scenes atomic.Int64

func (w *world) scene() *scene {
	w.t.Helper()
	n := scenes.Add(1)
	s := &scene{world: w, acme: sso.TenantID(fmt.Sprint("acme-", n)), other: sso.TenantID(fmt.Sprint("other-", n))}
	s.bearers = map[string]string{"bad token": "idp_nothing", "operator": operatorToken}
	s.browsers = map[string]*browser{}
	for prefix, t := range map[string]sso.TenantID{"": s.acme, "other ": s.other} {
		w.tenant(t)
		s.bearers[prefix+"token"] = w.token(t)
		for role, key := range map[string]sso.Key{"user": "agent", "administrator": sso.Administrator} {
			w.person(t, role+"@example.test", key)
			b := w.browser()
			b.password(t, role+"@example.test")
			s.browsers[prefix+role] = b
		}
	}
	return s
}

func (w *world) token(t sso.TenantID) string {
	w.t.Helper()
	_, secret, err := w.directory.CreateToken(context.Background(), operator, t, "test")
	require.NoError(w.t, err)
	return secret
}

// somebody is a new user of acme; someToken, someKey and connection are what their names say.
func (s *scene) somebody() string {
	p, err := s.directory.CreateUser(context.Background(), operator, s.acme, directory.NewUser{
		Email: fmt.Sprintf("p%d@example.test", scenes.Add(1)), Name: "P", Roles: []sso.Key{"agent"},
	})
	require.NoError(s.t, err)
	return string(p.ID)
}

func (s *scene) someToken() string {
	token, _, err := s.directory.CreateToken(context.Background(), operator, s.acme, "spare")
	require.NoError(s.t, err)
	return token.ID
}

func (s *scene) someKey() string {
	var id string
	for range 2 { // the last one in use cannot be retired
		a := s.api("POST", "/tenants/"+string(s.acme)+"/sso/keys", operatorToken, "")
		if a.status != 201 {
			break
		}
		var key struct{ ID string }
		require.NoError(s.t, json.Unmarshal(a.body, &key))
		id = key.ID
	}
	require.NotEmpty(s.t, id)
	return id
}

func (s *scene) connection() string {
	body, err := json.Marshal(map[string]any{"version": 0, "metadata_xml": s.metadata(entity, trusted())})
	require.NoError(s.t, err)
	return string(body)
}

// call is one call of the table, ready to be made.
type call struct{ method, path, media, body string }

// call fills a route's places in. id is "" for a new one.
func (s *scene) call(name string, id string) call {
	s.t.Helper()
	method, path, _ := strings.Cut(name, " ")
	r := routes[name]
	if id == "" && r.id != nil {
		id = r.id(s)
	}
	c := call{method: method, media: r.media}
	c.path = strings.NewReplacer("{tenant}", string(s.acme), "{provider}", "okta", "{key}", "okta", "{id}", id).Replace(path)
	if r.body != nil {
		c.body = r.body(s)
	}
	if c.media == "" {
		c.media = "application/json"
	}
	return c
}

// as makes a call as somebody; headers are further ones, by pairs.
func (s *scene) as(caller string, c call, headers ...string) answer {
	s.t.Helper()
	r := s.request(c.method, "/api/v1"+c.path, c.media, c.body)
	if b := s.browsers[caller]; b != nil {
		r.AddCookie(&http.Cookie{Name: "idplug_session", Value: b.session()})
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if token := s.bearers[caller]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.send(r)
}

// state is everything the API shows of both tenants and of the deployment: two equal ones mean that nothing was changed in between.
func (s *scene) state() string {
	s.t.Helper()
	var all strings.Builder
	for _, t := range []sso.TenantID{s.acme, s.other} {
		for _, part := range []string{"", "/tokens", "/sso", "/sso/keys", "/sso/connections/okta", "/roles", "/inboxes", "/users?limit=200", "/audit"} {
			a := s.api("GET", "/tenants/"+string(t)+part, operatorToken, "")
			require.Equal(s.t, 200, a.status, "%s: %s", part, a.body)
			all.Write(a.body)
		}
	}
	return all.String()
}
