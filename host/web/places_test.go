package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// unfinished posts a body that does not come to its end before end is called, and sends the answer to answers.
func (w *world) unfinished(path, from string, answers chan<- *httptest.ResponseRecorder) (end func()) {
	body, rest := io.Pipe()
	r := httptest.NewRequest(http.MethodPost, w.o.Origin+path, body)
	r.RemoteAddr = from
	r.Header.Set("Content-Type", formType)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept", "application/json")
	go func() { answers <- w.serve(r) }()
	return func() { rest.Close() }
}

// soon is the next answer; one that does not come fails the test.
func soon(t *testing.T, answers <-chan *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	t.Helper()
	select {
	case a := <-answers:
		return a
	case <-time.After(20 * time.Second):
		t.Fatal("no answer")
		return nil
	}
}

var doors = []string{"/saml/acme/acs", "/saml/acme/slo", "/login", "/login/acme", "/reset", "/invitation/acme/x"}

// TestUnfinishedBodiesOfANetworkAreFew: the rest of them is refused unread, and people of other networks sign in meanwhile.
func TestUnfinishedBodiesOfANetworkAreFew(t *testing.T) {
	t.Parallel() // it waits
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.ssoOn("acme")
	const posts = readingOfNetwork + 24
	answers := make(chan *httptest.ResponseRecorder, posts)
	var ends []func()
	for i := range posts {
		ends = append(ends, w.unfinished(doors[i%3], fmt.Sprintf("[2001:db8::%x]:1", i+1), answers))
	}
	for range posts - readingOfNetwork {
		a := soon(t, answers)
		refused(t, a, 503, sso.Overloaded)
		require.Equal(t, "5", a.Header().Get("Retry-After"))
		require.Equal(t, readingOfNetwork, len(w.reading.all))
	}
	b := w.browser()
	b.from = "[2001:db8:0:1::1]:1"
	b.signIn("acme", "ada@acme.test")
	require.Equal(t, 200, b.do("GET", "/session", nil).Code)

	for _, end := range ends {
		end()
	}
	for range readingOfNetwork {
		require.NotEqual(t, 503, soon(t, answers).Code, "the end of a body is read")
	}
	require.Empty(t, w.reading.all)
	require.Empty(t, w.reading.keys, "nobody is remembered")
	b.from = "[2001:db8::1]:1"
	b.signIn("acme", "ada@acme.test")
}

// TestUnfinishedBodiesOfASiteAreBounded: one owner has many networks.
func TestUnfinishedBodiesOfASiteAreBounded(t *testing.T) {
	t.Parallel() // it waits
	w := newWorld(t)
	const posts = readingOfSite + 10
	answers := make(chan *httptest.ResponseRecorder, posts)
	var ends []func()
	for i := range posts {
		ends = append(ends, w.unfinished(doors[i%3], fmt.Sprintf("[2001:db8:0:%x::1]:1", i), answers))
	}
	for range posts - readingOfSite {
		refused(t, soon(t, answers), 503, sso.Overloaded)
	}
	elsewhere := w.browser()
	elsewhere.from = "[2001:db8:1::1]:1"
	require.NotEqual(t, 503, elsewhere.do("POST", "/saml/acme/acs", url.Values{}).Code)
	for _, end := range ends {
		end()
	}
	for range readingOfSite {
		require.NotEqual(t, 503, soon(t, answers).Code)
	}
	require.Empty(t, w.reading.keys)
}

// TestUnfinishedBodiesAreBoundedInAll, be they of ever so many networks.
func TestUnfinishedBodiesAreBoundedInAll(t *testing.T) {
	t.Parallel() // it waits
	w := newWorld(t)
	answers := make(chan *httptest.ResponseRecorder, readingInAll+1)
	var ends []func()
	for i := range readingInAll {
		ends = append(ends, w.unfinished(doors[i%len(doors)], fmt.Sprintf("192.0.2.%d:1", i), answers))
	}
	require.Eventually(t, func() bool { return len(w.reading.all) == readingInAll }, 20*time.Second, time.Millisecond)
	more := make(chan *httptest.ResponseRecorder, 1)
	ends = append(ends, w.unfinished("/saml/acme/acs", "198.51.100.1:1", more))
	refused(t, soon(t, more), 503, sso.Overloaded)
	for _, end := range ends {
		end()
	}
	for range readingInAll {
		require.NotEqual(t, 503, soon(t, answers).Code)
	}
	require.NotEqual(t, 503, w.browser().do("POST", "/saml/acme/acs", url.Values{}).Code)
}

// unreadable fails the test when it is read.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) { u.t.Error("it was read"); return 0, io.EOF }

// TestWhoIsOverTheLimitIsNotRead: only a login or a logout that was started is, once.
func TestWhoIsOverTheLimitIsNotRead(t *testing.T) {
	w, b := signedInWithLogout(t)
	require.Equal(t, 303, b.do("POST", "/logout", url.Values{}).Code)
	state := w.saml.slo.state
	for i := range refusalsOfNetwork.burst {
		require.NotEqual(t, 429, w.browser().post("acme", "AAAA").Code, strconv.Itoa(i))
		require.NotEqual(t, 429, w.browser().slo("acme", true, "SAMLRequest", saidOut{Code: sso.SLOSignature}, "").Code)
	}
	for _, path := range []string{"/saml/acme/acs", "/saml/acme/slo"} {
		for _, cookie := range []string{"", flowCookie, logoutCookie} {
			r := httptest.NewRequest(http.MethodPost, w.o.Origin+path, unreadable{t})
			r.Header.Set("Content-Type", formType)
			r.Header.Set("Accept", "application/json")
			if cookie != "" {
				r.Header.Set("Cookie", "__Host-"+cookie+"AAAAAAAAAAAAAAAAAAAAAA=1.AAAA")
			}
			a := w.serve(r)
			refused(t, a, 429, sso.TooManyRequests)
			require.NotEmpty(t, a.Header().Get("Retry-After"))
		}
	}
	a := b.slo("acme", true, "SAMLResponse", saidOut{InResponse: "logout-1"}, state)
	require.Equal(t, "/login?signed_out=everywhere", a.Header().Get("Location"))
	require.Empty(t, a.Header().Get("Retry-After"))
	b.signIn("acme", "ada@acme.test")
}

// TestNobodyIsServedWithoutAPlace takes all places; requests that end soon are told so, wherever they wait.
func TestNobodyIsServedWithoutAPlace(t *testing.T) {
	w, b := signedInWithLogout(t)
	hurried := func(path string, form url.Values) *httptest.ResponseRecorder {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, w.o.Origin+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", formType)
		r.Header.Set("Accept", "application/json")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return w.serve(r)
	}
	answer, request := url.Values{"SAMLResponse": {w.saml.answer("ada@acme.test")}}, url.Values{"SAMLRequest": {`{"ID":"_1","NameID":"ada@acme.test"}`}}
	for _, c := range []struct {
		places chan struct{}
		path   string
		form   url.Values
	}{{w.judging, "/saml/acme/acs", answer}, {w.parting, "/saml/acme/slo", request}} {
		for range cap(c.places) {
			c.places <- struct{}{}
		}
		refused(t, hurried(c.path, c.form), 503, sso.Overloaded)
		for range cap(c.places) {
			<-c.places
		}
	}
	seats := seatsOf(netip.MustParseAddr("192.0.2.1")) // httptest's
	var leave []func()
	for range readingOfNetwork {
		left, ok := w.reading.enter(t.Context(), seats)
		require.True(t, ok)
		leave = append(leave, left)
	}
	for _, path := range doors {
		refused(t, hurried(path, request), 503, sso.Overloaded)
	}
	require.Equal(t, 200, b.do("GET", "/session", nil).Code)
	for _, f := range leave {
		f()
	}
	require.Equal(t, 200, hurried("/saml/acme/slo", request).Code)

	small := newSeating(1)
	left, ok := small.enter(t.Context(), seats)
	require.True(t, ok)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, ok = small.enter(ctx, seatsOf(netip.MustParseAddr("192.0.2.2")))
	require.False(t, ok, "there is one place in all")
	left()
	require.Empty(t, small.keys)
}
