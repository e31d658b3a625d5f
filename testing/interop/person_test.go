package interop

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/idplug/idplug/testing/hygiene"
)

// person sits at a browser that runs no scripts: it follows redirects, sends the forms of SAML on as their scripts would, and signs in where a page
// asks for a password.
type person struct{ client *http.Client }

func newPerson(t *testing.T, secrets *hygiene.Register) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &person{&http.Client{Jar: jar, Timeout: time.Minute, Transport: secrets.Watch(http.DefaultTransport)}}
}

// visit is a way through pages, from an address to a page with nothing left to do for a person like that.
type visit struct {
	at        string // the last page's address
	status    int
	page      string // its source
	passwords int    // how often one was asked for
	responses int    // how many SAML responses were carried over
	last      string // the last of them, decoded
}

// String is what went wrong, for whoever reads a failed test.
func (v visit) String() string {
	return fmt.Sprintf("%d at %s: %.2000s", v.status, v.at, v.page)
}

// steps is more than any way needs.
const steps = 8

func (p *person) open(t *testing.T, address string) visit {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	return p.goes(t, request)
}

// goes from a request wherever it leads.
func (p *person) goes(t *testing.T, request *http.Request) visit {
	t.Helper()
	var v visit
	for range steps {
		answer, err := p.client.Do(request)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		require.NoError(t, err)
		v.at, v.status, v.page = answer.Request.URL.String(), answer.StatusCode, string(body)
		if request = v.next(t, answer.Request.URL); request == nil {
			return v
		}
	}
	t.Fatalf("no end after %d forms: %s", steps, v)
	return v
}

// next is the request of the form that leads on, nil where there is none.
func (v *visit) next(t *testing.T, at *url.URL) *http.Request {
	t.Helper()
	root, err := html.Parse(strings.NewReader(v.page))
	require.NoError(t, err)
	for n := range root.Descendants() {
		if n.Data != "form" || n.Type != html.ElementNode {
			continue
		}
		fields, asks := inputs(n)
		switch {
		case fields.Has("SAMLResponse"):
			v.responses++
			raw, err := base64.StdEncoding.DecodeString(fields.Get("SAMLResponse"))
			require.NoError(t, err)
			v.last = string(raw)
		case asks:
			v.passwords++
		case !fields.Has("SAMLRequest"):
			continue
		}
		action, err := at.Parse(attribute(n, "action"))
		require.NoError(t, err)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, action.String(), strings.NewReader(fields.Encode()))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return request
	}
	return nil
}

// inputs are a form's fields, filled in where it asks for a name and a password.
func inputs(form *html.Node) (fields url.Values, asks bool) {
	fields = url.Values{}
	for n := range form.Descendants() {
		if n.Data != "input" || attribute(n, "name") == "" {
			continue
		}
		switch attribute(n, "type") {
		case "password":
			fields.Set(attribute(n, "name"), password)
			asks = true
		case "hidden":
			fields.Set(attribute(n, "name"), attribute(n, "value"))
		case "text", "email", "":
			fields.Set(attribute(n, "name"), "ada")
		}
	}
	return fields, asks
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// leaves signs out of the host alone: nobody follows where that leads.
func (p *person) leaves(t *testing.T, host string) (to string) {
	t.Helper()
	answer, err := p.staying().Do(logout(t, host))
	require.NoError(t, err)
	answer.Body.Close()
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	return answer.Header.Get("Location")
}

func logout(t *testing.T, host string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, host+"/logout", nil)
	require.NoError(t, err)
	request.Header.Set("Origin", host)
	return request
}

// isOut tells whether the host has no session of the person.
func (p *person) isOut(t *testing.T, host string) bool {
	t.Helper()
	answer, err := p.client.Get(host + "/session")
	require.NoError(t, err)
	answer.Body.Close()
	return answer.StatusCode == http.StatusUnauthorized
}

// sentTo is where an address redirects to.
func (p *person) sentTo(t *testing.T, address string) string {
	t.Helper()
	answer, err := p.staying().Get(address)
	require.NoError(t, err)
	answer.Body.Close()
	to, err := answer.Location()
	require.NoError(t, err)
	return to.String()
}

// staying is the person's client when it follows no redirect.
func (p *person) staying() *http.Client {
	stay := *p.client
	stay.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &stay
}

// session is what the host says about whoever is signed in.
type session struct {
	Tenant string
	User   struct {
		Email string
		Roles []string
	}
}

func (p *person) session(t *testing.T, host string) (s session) {
	t.Helper()
	answer, err := p.client.Get(host + "/session")
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode, "nobody is signed in")
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&s))
	return s
}
