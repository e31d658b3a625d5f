package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/idplug/idplug/testing/devidp"
)

// browser is what a person sits at: it keeps cookies, follows redirects and posts forms. It does not run scripts.
type browser struct {
	w      *world
	client *http.Client
	accept string
	page   answer      // the last page of the server
	away   string      // where the last page leads outside the server: the identity provider
	held   devidp.Form // an answer of the provider that is not posted yet
	aside  map[string]devidp.Form
	trips  int // to the provider, in the last sign-in
}

const (
	acceptHTML = "text/html"
	acceptJSON = "application/json"
)

func (w *world) browser(name string) *browser {
	b := w.browsers[name]
	if b == nil {
		jar, _ := cookiejar.New(nil) // never fails
		client := &http.Client{Jar: jar, Timeout: 60 * time.Second, Transport: w.secrets.Watch(http.DefaultTransport)}
		b = &browser{w: w, client: client, accept: acceptHTML, aside: map[string]devidp.Form{}}
		w.browsers[name] = b
	}
	return b
}

// stay is the client that does not follow redirects.
func (b *browser) stay() *http.Client {
	stay := *b.client
	stay.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &stay
}

// hostURL is the address of a path of the server.
func (b *browser) hostURL(path string) string { return b.w.procs[host].URL + path }

// get opens a path of the server and follows where it leads, until there is a page or the way leads to the provider.
func (b *browser) get(path string) error {
	request, err := http.NewRequestWithContext(b.w.ctx, http.MethodGet, b.hostURL(path), nil)
	if err != nil {
		return err
	}
	return b.follow(request)
}

// post sends a form as a page of origin would.
func (b *browser) post(path string, form url.Values, origin string) error {
	request, err := formRequest(b.w.ctx, b.hostURL(path), form)
	if err != nil {
		return err
	}
	request.Header.Set("Origin", origin)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if origin != b.hostURL("") {
		request.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	return b.follow(request)
}

func formRequest(ctx context.Context, address string, form url.Values) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return request, nil
}

// maxRedirects is more than any way through the server needs.
const maxRedirects = 8

// follow follows redirects as long as they stay with the host, and remembers where they lead away.
func (b *browser) follow(request *http.Request) error {
	return b.way(request, func(to string) bool { return strings.HasPrefix(to, b.hostURL("/")) })
}

// roam follows redirects wherever they lead, and ends at a page.
func (b *browser) roam(request *http.Request) error {
	return b.way(request, func(string) bool { return true })
}

// way follows redirects as far as they go to addresses that are wanted.
func (b *browser) way(request *http.Request, wanted func(to string) bool) error {
	b.away = ""
	for range maxRedirects {
		request.Header.Set("Accept", b.accept)
		response, err := b.stay().Do(request)
		if err != nil {
			return err
		}
		if b.page, err = read(response); err != nil {
			return err
		}
		b.w.last = b.page
		to, err := response.Location()
		switch {
		case errors.Is(err, http.ErrNoLocation) || response.StatusCode/100 != 3:
			return nil
		case err != nil:
			return err
		case !wanted(to.String()):
			b.away = to.String()
			return nil
		}
		if request, err = http.NewRequestWithContext(b.w.ctx, http.MethodGet, to.String(), nil); err != nil {
			return err
		}
	}
	return errors.New("the way leads in circles")
}

func read(response *http.Response) (answer, error) {
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, body}, err
}

// begin starts a login and stops with the provider's answer in hand, not yet posted. Without a login the provider must not ask for one.
func (b *browser) begin(path, login string) error {
	b.trips = 0
	if err := b.get(path); err != nil {
		return err
	}
	if b.away == "" {
		return fmt.Errorf("%s does not lead to the provider but answers %d: %s", path, b.page.status, b.page.text())
	}
	return b.trip(login)
}

// trip goes to the provider and takes its answer.
func (b *browser) trip(login string) error {
	b.trips++
	form, err := devidp.Visit(b.w.ctx, b.client, b.away, login)
	if err != nil {
		return err
	}
	b.held = form
	return nil
}

// deliver posts the provider's answer.
func (b *browser) deliver() error {
	request, err := formRequest(b.w.ctx, b.held.Action, b.held.Values)
	if err != nil {
		return err
	}
	return b.follow(request)
}

// deliverOnly posts the provider's answer and does not follow where that leads.
func (b *browser) deliverOnly() error {
	request, err := formRequest(b.w.ctx, b.held.Action, b.held.Values)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", b.accept)
	response, err := b.stay().Do(request)
	if err != nil {
		return err
	}
	b.w.last, err = read(response)
	return err
}

// signIn goes the whole way, to the provider again when the server asks for it.
func (b *browser) signIn(path, login string) error {
	if err := b.begin(path, login); err != nil {
		return err
	}
	return b.finish(login)
}

func (b *browser) finish(login string) error {
	const tripsAtMost = 3
	for {
		if err := b.deliver(); err != nil || b.away == "" {
			return err
		}
		if b.trips == tripsAtMost {
			return fmt.Errorf("sent to the provider more than %d times", tripsAtMost)
		}
		if err := b.trip(login); err != nil {
			return err
		}
	}
}

// text is the words of a page.
func (a answer) text() string {
	root, err := html.Parse(bytes.NewReader(a.body))
	if err != nil {
		return string(a.body)
	}
	var words []string
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "script" {
			words = append(words, strings.Fields(n.Data)...)
		}
	}
	return strings.Join(words, " ")
}
