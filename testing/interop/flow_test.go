package interop

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// flow is something a person or an administrator does with a provider, from its first page to its last.
type flow struct {
	name string
	run  func(*testing.T, *stage)
}

// stage is one provider at one host: the tenant that uses it, and the person in front of it.
type stage struct {
	*host
	provider
	tenant string
	person *person
}

// ada is who signs in; every provider here knows her.
const (
	ada      = "ada@example.com"
	password = "analytical-engine"
)

const hostRollover = "key rollover of the host"

// flows in the order in which they run: each finds the provider as the one before left it.
func flows() []flow {
	return []flow{
		{"sign-in", signsIn},
		{"sign-in without a password, in the provider's session", signsInAgain},
		{"app tile", opensTile},
		{"forced re-authentication", signsInByForce},
		{"single logout from the host", signsOut},
		{"single logout from the provider", signsOutThere},
		{"encrypted assertion", encrypts},
		{"signed request", signsRequests},
		{"signed request by the POST binding", postsRequests},
		{hostRollover, hostRollsOver},
		{"key rollover of the provider", rollsOver},
	}
}

// configured lets the provider have settings, and the administrator save its metadata anew.
func (s *stage) configured(t *testing.T, c settings) {
	t.Helper()
	require.NoError(t, s.configure(c))
	s.saved(t)
}

// saved is a save, which reads the provider's metadata anew.
func (s *stage) saved(t *testing.T) map[string]any {
	t.Helper()
	return s.change(t, "metadata_url", s.metadataURL())
}

// change saves one field of the settings.
func (s *stage) change(t *testing.T, field string, value any) map[string]any {
	t.Helper()
	path := "/tenants/" + s.tenant + "/sso"
	version := s.call(t, http.MethodGet, path, nil)["version"]
	return s.call(t, http.MethodPatch, path, map[string]any{"version": version, field: value})
}

// enters opens the login page and goes wherever that leads; the person is then signed in.
func (s *stage) enters(t *testing.T) visit {
	t.Helper()
	v := s.person.open(t, s.url+"/login/"+s.tenant)
	s.isIn(t, v)
	return v
}

func (s *stage) isIn(t *testing.T, v visit) {
	t.Helper()
	require.Equal(t, http.StatusOK, v.status, "%s", v)
	who := s.person.session(t, s.url)
	require.Equal(t, s.tenant, who.Tenant)
	require.Equal(t, ada, who.User.Email, "%s", v)
	require.Equal(t, []string{"administrator"}, who.User.Roles)
}

func signsIn(t *testing.T, s *stage) {
	s.configured(t, settings{keys: []string{"first"}})
	v := s.enters(t)
	require.Equal(t, 1, v.passwords)
	require.Equal(t, 1, v.responses)
	s.doubted(t, v.last)
}

func signsInAgain(t *testing.T, s *stage) {
	v := s.enters(t)
	require.Zero(t, v.passwords)
	require.Equal(t, 1, v.responses)
}

// opensTile: an answer that nobody asked for signs nobody in; it makes the host ask, and the second answer does.
func opensTile(t *testing.T, s *stage) {
	s.person = newPerson(t, s.host.secrets)
	v := s.person.open(t, s.tile(s.url+"/saml/"+s.tenant+"/metadata"))
	s.isIn(t, v)
	require.Equal(t, 1, v.passwords)
	require.Equal(t, 2, v.responses)
}

// signsInByForce: who signed out of the host has to show a password again.
func signsInByForce(t *testing.T, s *stage) {
	s.change(t, "force_reauthentication", true)
	require.Zero(t, s.enters(t).passwords, "nobody has signed out")
	s.person.leaves(t, s.url)
	time.Sleep(1100 * time.Millisecond) // providers tell in whole seconds when somebody signed in, and it must be later than the last time
	require.Equal(t, 1, s.enters(t).passwords, "the provider has a session and must ask all the same")
	s.change(t, "force_reauthentication", false)
}

// signsOut: signing out of the host ends the session at the provider, which says so. A message that was changed under way ends nothing there.
func signsOut(t *testing.T, s *stage) {
	require.Zero(t, s.enters(t).passwords)
	s.person.open(t, strings.Replace(s.person.leaves(t, s.url), "&RelayState=", "&RelayState=x", 1))
	require.Zero(t, s.enters(t).passwords, "the provider does not look at the signature")
	v := s.person.goes(t, logout(t, s.url))
	require.Equal(t, s.url+"/login?signed_out=everywhere", v.at, "%s", v)
	require.True(t, s.person.isOut(t, s.url))
	require.Equal(t, 1, s.enters(t).passwords, "the provider has no session any more")
}

// signsOutThere: signing out at the provider ends the session here, and the provider takes the answer.
func signsOutThere(t *testing.T, s *stage) {
	v := s.person.open(t, s.leave())
	require.Equal(t, http.StatusOK, v.status, "%s", v)
	require.False(t, strings.HasPrefix(v.at, s.url), "%s", v)
	require.True(t, s.person.isOut(t, s.url), "%s", v)
	require.Equal(t, 1, s.enters(t).passwords)
}

func encrypts(t *testing.T, s *stage) {
	s.configured(t, settings{keys: []string{"first"}, encrypt: true})
	v := s.enters(t)
	require.Contains(t, v.last, "EncryptedAssertion")
	require.NotContains(t, v.last, ada)
}

func signsRequests(t *testing.T, s *stage) {
	require.NoError(t, s.configure(settings{keys: []string{"first"}, wantSigned: true}))
	v := s.person.open(t, s.url+"/login/"+s.tenant)
	require.Zero(t, v.responses, "the provider takes a request without a signature: it proves nothing that it takes one with it")
	s.saved(t)
	s.enters(t)
	request := s.person.sentTo(t, s.url+"/login/"+s.tenant)
	require.Contains(t, request, "&Signature=")
	v = s.person.open(t, strings.Replace(request, "&RelayState=", "&RelayState=x", 1))
	require.Zero(t, v.responses, "the provider does not look at the signature")
}

func postsRequests(t *testing.T, s *stage) {
	s.configured(t, settings{keys: []string{"first"}, onlyPOST: true})
	require.NoError(t, s.configure(settings{keys: []string{"first"}, onlyPOST: true, wantSigned: true}))
	v := s.person.open(t, s.url+"/login/"+s.tenant)
	require.Zero(t, v.responses, "the provider takes a request without a signature: it proves nothing that it takes one with it")
	s.saved(t)
	s.enters(t)
}

// hostRollsOver: the provider reads the host's keys in its metadata, checks requests with all of them and encrypts for one.
func hostRollsOver(t *testing.T, s *stage) {
	s.configured(t, settings{keys: []string{"first"}, encrypt: true, wantSigned: true})
	s.enters(t)
	keys := "/tenants/" + s.tenant + "/sso/keys"
	list := s.call(t, http.MethodGet, keys, nil)["items"].([]any)
	old := list[0].(map[string]any)["id"].(string)
	s.call(t, http.MethodPost, keys, nil)
	require.Contains(t, s.enters(t).last, "EncryptedAssertion")
	s.call(t, http.MethodDelete, keys+"/"+old, nil)
	require.Contains(t, s.enters(t).last, "EncryptedAssertion")
}

func rollsOver(t *testing.T, s *stage) {
	certificates := func(saved map[string]any) int {
		return len(saved["identity_provider"].(map[string]any)["certificates"].([]any))
	}
	require.NoError(t, s.configure(settings{keys: []string{"first", "second"}}))
	require.Equal(t, 2, certificates(s.saved(t)), "both keys are known before the second is used")
	s.enters(t)
	require.NoError(t, s.configure(settings{keys: []string{"second"}}))
	s.enters(t)
	require.Equal(t, 1, certificates(s.saved(t)), "the first is forgotten with the next save")
	s.enters(t)
	require.NoError(t, s.configure(settings{keys: []string{"first"}}))
	v := s.person.open(t, s.url+"/login/"+s.tenant)
	require.Equal(t, http.StatusForbidden, v.status, "%s", v)
	require.Contains(t, v.page, "sig.")
}

// settings of a provider.
type settings struct {
	keys       []string // published; the first signs
	encrypt    bool
	wantSigned bool
	onlyPOST   bool // requests travel by the POST binding
}

// provider is an identity provider that runs.
type provider interface {
	metadataURL() string
	configure(settings) error
	// tile is the address behind the picture that a person clicks in the provider's portal to open an application.
	tile(application string) string
	// leave is the address at which a person signs out there.
	leave() string
}

// entity is an identity provider as the page lists it.
type entity struct {
	software
	slug  string
	start func(*testing.T, *host, string) provider // for the tenant
	lacks map[string]string                        // flows that it does not offer, with what is missing
}

func entities() []entity {
	return []entity{
		{
			software: software{name: "SimpleSAMLphp", version: "1.19.7", from: "simplesamlphp", stack: "PHP, DOM, xmlseclibs"},
			slug:     "simplesamlphp", start: startSimpleSAMLphp,
		},
		{
			software: software{name: "samlify", version: "2.13.1", from: "samlify", stack: "JavaScript, xmldom, xml-crypto"},
			slug:     "samlify", start: startSamlify, lacks: map[string]string{hostRollover: "it knows one key of a service provider"},
		},
		{
			software: software{name: "Lasso", version: "2.8.1", from: "python3-lasso", stack: "C, libxml2, libxmlsec1"},
			slug:     "lasso", start: startLasso,
		},
	}
}

// TestProviders lets people sign in at providers that nobody here wrote.
func TestProviders(t *testing.T) {
	if *update {
		return // the page is printed from data
	}
	h := startHost(t)
	for _, e := range entities() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			h.call(t, http.MethodPost, "/tenants", map[string]any{"slug": e.slug, "name": e.name})
			s := &stage{host: h, tenant: e.slug, provider: e.start(t, h, e.slug), person: newPerson(t, h.secrets)}
			s.call(t, http.MethodPost, "/tenants/"+e.slug+"/users", map[string]any{"email": ada, "name": "Ada Lovelace", "roles": []string{"administrator"}})
			s.call(t, http.MethodPut, "/tenants/"+e.slug+"/sso", map[string]any{
				"version": 0, "use_sso": true, "provider": "saml", "metadata_url": s.metadataURL(),
			})
			for _, f := range flows() {
				if _, lacking := e.lacks[f.name]; lacking {
					continue
				}
				if !t.Run(f.name, func(t *testing.T) { f.run(t, s) }) {
					break // what follows would only stumble over it
				}
			}
		})
	}
}
