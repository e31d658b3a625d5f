package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// audience is whom a route is for.
type audience int

const (
	everybody      audience = iota
	people                  // who is signed in, for what is their own
	administrators          // of the tenant that they are signed in to
	one                     // the administrator of acme whose session it was made for
)

// gate is what the table expects of a route that is written by hand.
type gate struct {
	who    audience
	status int                // for whom it is for
	to     string             // where that leads
	ask    func(*stage) asked // a sound request, made anew for each caller; nil: the route's path alone
	writes bool               // it changes rows
	ends   bool               // the sessions of who asks, too, so that nobody else's row may be tried with them

	stranger   int    // what those get who are not signed in; 0: the sign-in page where it is a page, else 401
	strangerTo string // where that leads
	foreign    int    // what those of another tenant get; 0: what they are for themselves
	elsewhere  bool   // other sites send browsers here, by the provider's form or through a proxy
	few        bool   // two callers ask: its answer takes its time, or is the same file for everybody

	wrong func(*stage) asked // what lacks or has another secret than the one the route goes by
	no    int                // what it gets, whoever asks
}

// gates is the table. A route that it lacks fails the test: whoever adds one says here whom it is for.
var gates = map[string]gate{
	"GET /":               {status: 200},
	"GET /login":          {status: 200},
	"POST /login":         {status: 303, to: "/", writes: true, ends: true, ask: credentials("/login")},
	"GET /login/:tenant":  {status: 200, ask: at("/login/acme")},
	"POST /login/:tenant": {status: 303, to: "/", writes: true, ends: true, ask: credentials("/login/acme")},
	"POST /logout":        {who: people, status: 303, to: "/login?signed_out=1", writes: true, ends: true, stranger: 303, strangerTo: "/login?signed_out=1"},
	"GET /reset":          {status: 200},
	"POST /reset":         {status: 200, writes: true, few: true, ask: (*stage).forgotten},
	"GET /session":        {who: people, status: 200, stranger: 401},
	"GET /account":        {who: people, status: 200},
	"POST /account":       {who: people, status: 303, writes: true, ends: true, ask: posts("/account", url.Values{"do": {"all"}})},
	"GET /login/:tenant/test": {
		who: one, status: 302, to: "https://idp.test/sso", writes: true, stranger: 410, foreign: 410, ask: (*stage).ticket,
		wrong: func(s *stage) asked { return moved(s.ticket()) }, no: 410,
	},
	"GET /invitation/:tenant/:token": {
		status: 200, ask: func(s *stage) asked { return asked{path: "/invitation/acme/" + s.link()} },
		wrong: func(s *stage) asked { return asked{path: "/invitation/other/" + s.link()} }, no: 410,
	},
	"POST /invitation/:tenant/:token": {
		status: 303, to: "/", writes: true, ends: true, ask: (*stage).accepted,
		wrong: func(s *stage) asked { return moved(s.accepted()) }, no: 410,
	},

	"GET /saml/:tenant/metadata": {status: 200, ask: at("/saml/acme/metadata")},
	"GET /saml/:tenant/acs":      {status: 405, ask: at("/saml/acme/acs")},
	"POST /saml/:tenant/acs": {
		status: 303, to: "/", writes: true, ends: true, elsewhere: true, ask: (*stage).answered,
		wrong: func(s *stage) asked { a := s.answered(); a.cookies = nil; return a }, no: 403,
	},
	"GET /saml/:tenant/slo": {
		status: 302, to: "https://idp.test/slo", writes: true, ask: func(s *stage) asked {
			return asked{path: "/saml/acme/slo?" + s.signOut("").Encode()}
		},
		wrong: func(s *stage) asked { return asked{path: "/saml/acme/slo?" + s.signOut(sso.SLOSignature).Encode()} }, no: 403,
	},
	"POST /saml/:tenant/slo": {
		status: 200, writes: true, elsewhere: true, ask: func(s *stage) asked { return asked{path: "/saml/acme/slo", form: s.signOut("")} },
		wrong: func(s *stage) asked { return asked{path: "/saml/acme/slo", form: s.signOut(sso.SLOSignature)} }, no: 403,
	},

	"GET /console":              {who: administrators, status: 200},
	"GET /console/sso":          {who: administrators, status: 200},
	"POST /console/sso":         {who: administrators, status: 303, to: "/console/sso?saved=1", writes: true, ask: posts("/console/sso", settingsForm)},
	"GET /console/test":         {who: administrators, status: 200},
	"POST /console/test":        {who: administrators, status: 303, to: "https://idp.test/sso", writes: true, ask: (*stage).test},
	"GET /console/preview":      {who: administrators, status: 200},
	"POST /console/preview":     {who: administrators, status: 200, ask: posts("/console/preview", url.Values{"attributes": {"groups=x"}})},
	"GET /console/logins":       {who: administrators, status: 200},
	"GET /console/audit":        {who: administrators, status: 200},
	"GET /console/users":        {who: administrators, status: 200},
	"POST /console/users":       {who: administrators, status: 303, to: "/console/users?done=invited_all", writes: true, ask: (*stage).uninvited},
	"GET /console/users/export": {who: administrators, status: 200},
	"GET /console/users/new":    {who: administrators, status: 200},
	"POST /console/users/new":   {who: administrators, status: 303, to: "/console/users?done=added", writes: true, ask: posts("/console/users/new", newcomer)},
	"GET /console/users/import": {who: administrators, status: 200},
	"POST /console/users/import": {
		who: administrators, status: 303, to: "/console/users?done=imported", writes: true,
		ask: posts("/console/users/import", url.Values{"do": {"import"}, "csv": {"email,roles\nnew@example.test,agent\n"}}),
	},
	"GET /console/users/:id": {
		who: administrators, status: 200, foreign: 404, ask: func(s *stage) asked { return asked{path: s.somebodysPage()} },
	},
	"POST /console/users/:id": {
		who: administrators, status: 303, to: "/console/users?done=deleted", writes: true, foreign: 404,
		ask: func(s *stage) asked { return asked{path: s.somebodysPage(), form: url.Values{"do": {"delete"}}} },
	},
	"GET /console/roles":    {who: administrators, status: 200},
	"POST /console/roles":   {who: administrators, status: 303, to: "/console/roles?saved=1", writes: true, ask: (*stage).roles},
	"GET /console/inboxes":  {who: administrators, status: 200},
	"POST /console/inboxes": {who: administrators, status: 303, to: "/console/inboxes?saved=1", writes: true, ask: (*stage).inboxes},
	"GET /console/mail":     {who: administrators, status: 200},
	"POST /console/mail": {
		who: administrators, status: 303, to: "/console/mail?done=invited", writes: true, foreign: 404,
		ask: func(s *stage) asked {
			return asked{path: "/console/mail", form: url.Values{"user": {string(s.somebody().ID)}}}
		},
	},

	"* /auth/verify": {who: people, status: 200, stranger: 401, foreign: 403, elsewhere: true, ask: at("/auth/verify?tenant=acme")},
	"* /auth/verify/*": {
		who: people, status: 200, stranger: 401, elsewhere: true, ask: at("/auth/verify/work?tenant=acme"), // of the request held back
	},
	"* /auth/redirect": {
		who: people, status: 200, stranger: 303, strangerTo: "/login?return_to=%2Fwork", foreign: 403, elsewhere: true,
		ask: func(*stage) asked {
			return asked{path: "/auth/redirect?tenant=acme", headers: []string{"X-Forwarded-Uri", "/work"}}
		},
	},
	"* /auth/redirect/*": {who: people, status: 200, stranger: 303, strangerTo: "/login?return_to=%2Fwork", elsewhere: true, ask: at("/auth/redirect/work")},

	"GET /assets/:name":        {status: 200, few: true, ask: at("/assets/style.css")},
	"GET /favicon.ico":         {status: 200, few: true},
	"GET /api/docs":            {status: 200, few: true},
	"GET /api/v1/openapi.yaml": {status: 200, few: true},
	"GET /healthz":             {status: 200},
	"GET /readyz":              {status: 200},
	"GET /metrics":             {status: 200},
}

// withSSO are the routes that are tried while SSO is on: there is nothing to try before.
var withSSO = []string{"GET /login/:tenant/test", "POST /console/test", "POST /console/users", "POST /console/mail", "POST /saml/:tenant/acs", "GET /saml/:tenant/slo", "POST /saml/:tenant/slo"}

var (
	settingsForm = url.Values{
		"version": {"0"}, "do": {"save"}, "role_sync": {"never"}, "idp_initiated": {"restart"}, "sign_requests": {"auto"}, "default_roles": {"agent"},
	}
	newcomer = url.Values{"email": {"grace@example.test"}, "name": {"Grace"}, "roles": {"agent"}}
)

func at(path string) func(*stage) asked { return func(*stage) asked { return asked{path: path} } }

func posts(path string, form url.Values) func(*stage) asked {
	return func(*stage) asked { return asked{path: path, form: form} }
}

func credentials(path string) func(*stage) asked {
	return posts(path, url.Values{"email": {"visitor@acme.test"}, "password": {password}})
}

// moved is a request at the other tenant.
func moved(a asked) asked {
	a.path = strings.Replace(a.path, "/acme/", "/other/", 1)
	return a
}

func (s *stage) forgotten() asked {
	return asked{path: "/reset", form: url.Values{"email": {string(s.somebody().Email)}, "organisation": {"acme"}}}
}

func (s *stage) accepted() asked {
	return asked{path: "/invitation/acme/" + s.link(), form: url.Values{"password": {password}, "password_again": {password}}}
}

// ticket is of the administrator's session.
func (s *stage) ticket() asked {
	_, token, _ := strings.Cut(s.sessions["administrator"], ".")
	p := s.named("administrator@acme.test")
	k, err := s.o.Login.Test(s.t.Context(), personActor(sso.Session{Hash: sso.HashToken(token)}, p.User), "acme", "okta")
	require.NoError(s.t, err)
	address, err := s.ticketURL(k)
	require.NoError(s.t, err)
	return asked{path: strings.TrimPrefix(address, s.o.Origin)}
}

// answered is a provider's answer to a login that a browser has under way.
func (s *stage) answered() asked {
	b := s.browser()
	require.Equal(s.t, 302, b.do(http.MethodGet, "/login/acme", nil).Code)
	a := asked{path: "/saml/acme/acs", form: url.Values{"SAMLResponse": {s.saml.answer("visitor@acme.test")}, "RelayState": {s.saml.last.RelayState}}}
	for _, name := range b.flows() {
		a.cookies = append(a.cookies, b.cookies[name])
	}
	return a
}

// signOut is a provider's message that ends the visitor's session.
func (s *stage) signOut(code sso.Code) url.Values {
	s.enter("acme", "visitor@acme.test")
	s.made++
	text := `{"ID":"_` + strings.Repeat("x", s.made) + `","NameID":"visitor@acme.test","Code":"` + string(code) + `"}`
	return url.Values{"SAMLRequest": {text}}
}

func (s *stage) test() asked {
	return asked{path: "/console/test", form: url.Values{"provider": {"okta"}}}
}

// uninvited makes somebody whose mail could not be queued.
func (s *stage) uninvited() asked {
	s.plugins.gone = true
	s.somebody()
	s.plugins.gone = false
	return asked{path: "/console/users", form: url.Values{}}
}

// somebodysPage is that of a person whom nobody else may see.
func (s *stage) somebodysPage() string {
	return usersPath + "/" + string(s.somebody().ID)
}

func (s *stage) roles() asked {
	c := s.catalogues()
	form := url.Values{"do": {"save"}, "revision": {directory.CatalogueRevision(c.Roles)}, "roles": {"0", "1", "2"}}
	for i, key := range []string{"administrator", "agent", "new"} {
		form.Set(rowPath("roles", i)+".key", key)
		form.Set(rowPath("roles", i)+".name", key)
	}
	return asked{path: "/console/roles", form: form}
}

func (s *stage) inboxes() asked {
	form := url.Values{"do": {"save"}, "revision": {directory.CatalogueRevision(s.catalogues().Inboxes)}, "inboxes": {"0", "1"}}
	for i, key := range []string{"general", "new"} {
		form.Set(rowPath("inboxes", i)+".key", key)
		form.Set(rowPath("inboxes", i)+".name", key)
	}
	return asked{path: "/console/inboxes", form: form}
}

func (s *stage) catalogues() sso.Catalogues {
	c, err := s.o.Directory.Catalogues(s.t.Context(), operator, "other") // nobody changes it before it is tried
	require.NoError(s.t, err)
	return c
}

func (s *stage) named(email string) directory.Person {
	list, _, err := s.o.Directory.Users(s.t.Context(), operator, "acme", directory.UserQuery{Search: email})
	require.NoError(s.t, err)
	require.Len(s.t, list, 1)
	return list[0]
}
