package devidp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Form is an HTML form as a browser would send it.
type Form struct {
	Action string
	Values url.Values
}

// Visit does what a browser and a person do between an authentication request and its answer: it opens address (an SSO URL with
// its SAMLRequest, or a tile), signs in as login where the page asks for it, and returns the form that would be posted to the
// service provider. With an empty login a page that asks is an error ([ErrAsked]), which is how a test sees that no session was
// there. client needs a cookie jar to be remembered.
func Visit(ctx context.Context, client *http.Client, address, login string) (Form, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Form{}, fmt.Errorf("visit: %w", err)
	}
	return finish(ctx, client, request, login)
}

// VisitForm is Visit for a request that travels by the POST binding.
func VisitForm(ctx context.Context, client *http.Client, form Form, login string) (Form, error) {
	request, err := postRequest(ctx, form)
	if err != nil {
		return Form{}, err
	}
	return finish(ctx, client, request, login)
}

// ErrAsked says that the provider asked who is there.
var ErrAsked = errors.New("the provider asks for a sign-in")

func finish(ctx context.Context, client *http.Client, request *http.Request, login string) (Form, error) {
	form, err := readForm(client, request)
	if err != nil || form.Values.Has("SAMLResponse") {
		return form, err
	}
	if login == "" {
		return Form{}, ErrAsked
	}
	form.Values.Set("login", login)
	request, err = postRequest(ctx, form)
	if err != nil {
		return Form{}, err
	}
	return readForm(client, request)
}

func postRequest(ctx context.Context, form Form) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, form.Action, strings.NewReader(form.Values.Encode()))
	if err != nil {
		return nil, fmt.Errorf("visit: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return request, nil
}

// readForm sends the request and reads the first form of the page, hidden fields only.
func readForm(client *http.Client, request *http.Request) (Form, error) {
	answer, err := client.Do(request)
	if err != nil {
		return Form{}, fmt.Errorf("visit: %w", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return Form{}, fmt.Errorf("visit: %w", err)
	}
	root, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		return Form{}, fmt.Errorf("visit: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return Form{}, fmt.Errorf("visit: %s: %s", answer.Status, text(root, "h1"))
	}
	form, ok := first(root, "form")
	if !ok {
		return Form{}, fmt.Errorf("visit: no form on the page %q", text(root, "title"))
	}
	action, err := answer.Request.URL.Parse(attribute(form, "action"))
	if err != nil {
		return Form{}, fmt.Errorf("visit: %w", err)
	}
	out := Form{Action: action.String(), Values: url.Values{}}
	for n := range form.Descendants() {
		if n.Data == "input" && attribute(n, "type") == "hidden" {
			out.Values.Set(attribute(n, "name"), attribute(n, "value"))
		}
	}
	return out, nil
}

func first(root *html.Node, tag string) (*html.Node, bool) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == tag {
			return n, true
		}
	}
	return nil, false
}

func text(root *html.Node, tag string) string {
	n, ok := first(root, tag)
	if !ok || n.FirstChild == nil {
		return ""
	}
	return n.FirstChild.Data
}

func attribute(n *html.Node, key string) string {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
	if i < 0 {
		return ""
	}
	return n.Attr[i].Val
}
