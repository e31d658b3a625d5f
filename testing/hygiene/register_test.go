package hygiene

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	token   = "tok_0123456789abcdefghijklmn"
	address = "ada@people.example"
)

// answer is a message long enough that not all of it is what every message begins with.
var answer = base64.StdEncoding.EncodeToString([]byte(`<Response xmlns="urn:x">` + strings.Repeat("<Header/>", 60) +
	`<Assertion><NameID Format="x">` + address + `</NameID><SignatureValue>` + strings.Repeat("q9Zk+/", 20) + `</SignatureValue></Assertion></Response>`))

// TestPlantedSecretsAreFound: what a line with each of them looks like, in each form in which programs print things.
func TestPlantedSecretsAreFound(t *testing.T) {
	r := New()
	r.Add(Secret, "a token", token)
	r.Message(answer)
	for name, line := range map[string]string{
		"as it is":              "level=INFO msg=hello token=" + token,
		"in an address":         "GET /x?token=" + url.QueryEscape(token) + "&y=1",
		"in base64":             "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(token)),
		"a whole message":       "got " + answer,
		"an escaped message":    "body=" + url.QueryEscape(answer),
		"a part of a message":   "got " + answer[len(answer)-90:] + "…",
		"a name in a message":   `{"msg":"refused","who":"` + address + `"}`,
		"a decoded signature":   "digest " + strings.Repeat("q9Zk+/", 20),
		"a private key":         "-----BEGIN PRIVATE KEY-----",
		"a private key's bytes": "key=MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSk",
		"a parameter":           "SAMLResponse=" + answer[:40],
		"a stack":               "panic: runtime error",
	} {
		require.NotEmpty(t, r.LogText("log", "first line\n"+line+"\nlast"), name)
	}
	require.Empty(t, r.LogText("log", "level=INFO route=/saml/:tenant/acs status=403 code=sig.digest token_id=tok_0123 request=01JAB"))
	for _, line := range r.LogText("log", "token="+token) {
		require.NotContains(t, line, token, "what was found is not repeated")
	}
}

// TestTrafficIsRegistered: what a suite sends and gets is known afterwards, and an error page that repeats it is found.
func TestTrafficIsRegistered(t *testing.T) {
	const cookie, link, password, bearer = "acme.CookieCookieCookieCookie", "LinkLinkLinkLinkLink", "hunter2-hunter2", "bearer-bearer-bearer"
	leak, repeat := false, false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: cookie})
		if repeat {
			w.WriteHeader(http.StatusForbidden)
			_ = q.ParseForm()
			_, _ = w.Write([]byte("you sent " + q.Form.Get("SAMLResponse")))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if leak {
			_, _ = w.Write([]byte(`{"key":"-----BEGIN PRIVATE KEY-----"}`))
			return
		}
		_, _ = w.Write([]byte(`{"items":[{"id":"tok_1","token":"` + token + `"}]}`))
	}))
	defer server.Close()
	r := New()
	client := &http.Client{Transport: r.Watch(http.DefaultTransport)}
	send := func(path string, form url.Values) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, strings.NewReader(form.Encode()))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Authorization", "Bearer "+bearer)
		response, err := client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}
	send("/invitation/acme/"+link, url.Values{"password": {password}, "SAMLResponse": {answer}})
	for _, secret := range []string{"CookieCookieCookieCookie", link, password, bearer, token, answer, address} {
		require.NotEmpty(t, r.LogText("log", "x "+secret), secret)
	}
	require.Empty(t, r.LogText("log", "acme tok_1"))
	require.Empty(t, r.Pages())
	leak = true
	send("/api", url.Values{})
	require.Len(t, r.Pages(), 1, "a private key is for no answer")
	leak, repeat = false, true
	send("/saml/acme/acs", url.Values{"SAMLResponse": {answer}})
	require.Greater(t, len(r.Pages()), 1)
}

// TestTheDatabaseMayHoldPeopleAndNoSecret, and the keys in the data folder count as secrets.
func TestTheDatabaseMayHoldPeopleAndNoSecret(t *testing.T) {
	dir := t.TempDir()
	file, log := filepath.Join(dir, "idplug.db"), filepath.Join(dir, "host.log")
	const master = "bWFzdGVyLWtleS1tYXN0ZXIta2V5LW1hc3Rlci1rZXk="
	require.NoError(t, os.WriteFile(filepath.Join(dir, "master-key"), []byte(master+"\n"), 0o600))
	require.NoError(t, os.WriteFile(log, []byte("nothing\n"), 0o600))
	r := New()
	r.Environ([]string{"IDPLUG_OPERATOR_TOKEN=" + token, "IDPLUG_SMTP_URL=smtp://mail:smtp-password@127.0.0.1:25"})
	r.Message(answer)

	require.NoError(t, os.WriteFile(file, []byte("\x00users\x00"+address+"\x00"), 0o600))
	found, err := r.Host(log, dir)
	require.NoError(t, err)
	require.Empty(t, found)
	for _, secret := range []string{token, "smtp-password", master, answer} {
		require.NoError(t, os.WriteFile(file, []byte("\x00tokens\x00"+secret+"\x00"), 0o600))
		found, err = r.Host(log, dir)
		require.NoError(t, err)
		require.NotEmpty(t, found)
	}
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.NoError(t, os.WriteFile(log, []byte("master key is "+master), 0o600))
	found, err = r.Host(log, dir)
	require.NoError(t, err)
	require.NotEmpty(t, found)
}
