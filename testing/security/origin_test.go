package security

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOnlyTheOperatorSaysWhereWeAre: addresses that leave the host, in requests, metadata, redirects, links and documents, are made of the base URL,
// whatever a client or a careless proxy says in headers. A link to a stranger's host would hand its token over.
func TestOnlyTheOperatorSaysWhereWeAre(t *testing.T) {
	t.Parallel()
	s := newWorld(t).scene()
	s.trust(s.acme, entity, trusted(), nil)
	lies := map[string]string{
		"Host": "evil.test", "X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "gopher", "X-Forwarded-Port": "666", "X-Forwarded-Prefix": "/evil.test",
		"X-Original-Url": "/evil.test", "X-Rewrite-Url": "/evil.test", "X-Host": "evil.test", "Forwarded": "host=evil.test;proto=gopher",
	}
	ask := func(method, path, body, token string) answer {
		r := s.request(method, path, "application/json", body)
		for name, value := range lies {
			r.Header.Set(name, value)
		}
		r.Host = "evil.test"
		r.Header.Set("Accept", "text/html")
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Accept", "application/json")
		}
		return s.send(r)
	}
	api := "/api/v1/tenants/" + string(s.acme)
	for _, a := range []answer{
		ask("GET", "/login/"+string(s.acme), "", ""), ask("GET", "/saml/"+string(s.acme)+"/metadata", "", ""), ask("GET", "/login", "", ""), ask("GET", "/console", "", ""),
		ask("GET", api+"/sso", "", operatorToken), ask("POST", api+"/users", `{"email":"new@example.test","name":"N","roles":["agent"]}`, operatorToken),
		ask("POST", api+"/sso/test", `{}`, operatorToken), ask("GET", "/nowhere", "", ""), ask("POST", "/api/v1/tenants", `{"slug":"fresh","name":"F"}`, operatorToken),
	} {
		require.Less(t, a.status, 500, "%s", a.body)
		everything := fmt.Sprint(string(a.body), a.header)
		require.NotContains(t, everything, "evil.test")
		require.NotContains(t, everything, "gopher")
	}
	require.Contains(t, string(ask("GET", "/saml/"+string(s.acme)+"/metadata", "", "").body), s.origin+"/saml/"+string(s.acme)+"/acs", "it still says where")
}
