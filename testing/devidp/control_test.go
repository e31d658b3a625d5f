package devidp_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/devidp"
)

// control calls /_control and decodes the answer.
func control(t *testing.T, idp *devidp.Server, method, path, body string) (int, map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, idp.URL()+"/_control"+path, strings.NewReader(body))
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	var out map[string]any
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&out))
	return answer.StatusCode, out
}

func TestControlChangesTheRunningProvider(t *testing.T) {
	idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.Okta()}})
	a := newApp(t, idp, "okta")

	status, _ := control(t, idp, "PUT", "/people/kurt", `{"email":"kurt@example.com","groups":["a","b"],"attributes":{"groupID":["admins"],"firstName":["K"]}}`)
	require.Equal(t, http.StatusOK, status)
	assertion, err := a.login("kurt", nil)
	require.NoError(t, reason(err))
	require.Equal(t, []string{"admins"}, values(assertion)["groupID"])
	require.Equal(t, []string{"K"}, values(assertion)["firstName"])
	require.Equal(t, []string{"a", "b"}, values(assertion)["groups"])

	status, _ = control(t, idp, "PATCH", "/okta", `{"honour_force_authn":true,"sign":"assertion","bare":true}`)
	require.Equal(t, http.StatusOK, status)
	_, err = a.login("", force)
	require.ErrorIs(t, err, devidp.ErrAsked)
	assertion, err = a.login("", nil)
	require.NoError(t, reason(err))
	require.NotContains(t, values(assertion), "email")
	_, last := control(t, idp, "GET", "/okta/last", "")
	require.Equal(t, 1, strings.Count(fmt.Sprint(last["xml"]), "<ds:SignatureValue>"))

	status, _ = control(t, idp, "POST", "/okta/rotate", "")
	require.Equal(t, http.StatusOK, status)
	_, err = a.login("", nil)
	require.Error(t, err)
	a.learn()
	_, err = a.login("", nil)
	require.NoError(t, reason(err))

	status, _ = control(t, idp, "DELETE", "/people/kurt", "")
	require.Equal(t, http.StatusOK, status)
	_, err = a.login("", nil)
	require.ErrorContains(t, reason(err), devidp.StatusResponder, "a session of nobody yields no assertion")

	status, _ = control(t, idp, "POST", "/okta/signout", "")
	require.Equal(t, http.StatusOK, status)
	_, err = a.login("", nil)
	require.ErrorIs(t, err, devidp.ErrAsked)
}

func TestControlRefusesWhatItDoesNotUnderstand(t *testing.T) {
	idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.Okta()}})
	_, err := idp.Key("okta") // the first to ask for a dialect makes its key, which the state shows
	require.NoError(t, err)
	_, before := control(t, idp, "GET", "", "")
	for _, tc := range []struct {
		method, path, body string
		status             int
	}{
		{"PATCH", "/okta", `{"sign":"nothing"}`, 400},
		{"PATCH", "/okta", `{"honor_force_authn":true}`, 400},
		{"PATCH", "/okta", `{"bare":true} {}`, 400},
		{"PATCH", "/okta", `{"bare":true,"sign":7}`, 400},
		{"PATCH", "/pingone", `{"bare":true}`, 404},
		{"POST", "/pingone/rotate", "", 404},
		{"POST", "/service-providers", "<a/>", 400},
	} {
		status, answer := control(t, idp, tc.method, tc.path, tc.body)
		require.Equal(t, tc.status, status, tc)
		require.NotEmpty(t, answer["error"])
	}
	_, after := control(t, idp, "GET", "", "")
	require.Equal(t, before, after)
}

func TestOtherSitesCannotUseTheControls(t *testing.T) {
	idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.Okta()}})
	for _, path := range []string{"/_control/okta/rotate", "/okta/signin", "/okta/signout"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, idp.URL()+path, nil)
		require.NoError(t, err)
		request.Header.Set("Sec-Fetch-Site", "cross-site")
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusForbidden, answer.StatusCode, path)
	}
}

func TestSkewMovesTheProvidersClock(t *testing.T) {
	idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.Okta()}})
	a := newApp(t, idp, "okta")
	require.NoError(t, idp.Change("okta", func(s *devidp.Settings) error { s.SkewSeconds = -3600; return nil }))
	_, err := a.login("ada@example.com", nil)
	require.Error(t, reason(err), "an hour behind is expired")
	require.NoError(t, idp.Change("okta", func(s *devidp.Settings) error { s.SkewSeconds = 30; return nil }))
	_, err = a.login("ada@example.com", nil)
	require.NoError(t, reason(err))
}

func TestGroupLimitsOfTheProviders(t *testing.T) {
	groups := make([]string, 160)
	for i := range groups {
		groups[i] = fmt.Sprintf("group-%03d", i)
	}
	idp := startIDP(t, devidp.Config{People: []devidp.Person{{Login: "many@example.com", Email: "many@example.com", Groups: groups}}})
	google, err := newApp(t, idp, "google-workspace").login("many@example.com", nil)
	require.NoError(t, reason(err))
	require.Len(t, values(google)["groups"], 75)
	require.Equal(t, []string{""}, values(google)["lastName"], "an unknown value is sent empty")

	azure, err := newApp(t, idp, "azure").login("many@example.com", nil)
	require.NoError(t, reason(err))
	require.NotContains(t, values(azure), "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups")
	require.Len(t, values(azure)["http://schemas.microsoft.com/claims/groups.link"], 1)

	okta, err := newApp(t, idp, "okta").login("many@example.com", nil)
	require.NoError(t, reason(err))
	require.True(t, slices.Equal(groups, values(okta)["groups"]))
}

func TestPingOneAsItComesHasNoEmail(t *testing.T) {
	idp := startIDP(t, devidp.Config{Dialects: []devidp.Dialect{devidp.PingOne()}})
	require.NoError(t, idp.Change("pingone", func(s *devidp.Settings) error { s.Bare = true; return nil }))
	assertion, err := newApp(t, idp, "pingone").login("ada@example.com", nil)
	require.NoError(t, reason(err))
	require.Equal(t, map[string][]string{"saml_subject": {assertion.Subject.NameID.Value}}, values(assertion))
}
