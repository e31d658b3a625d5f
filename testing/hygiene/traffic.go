package hygiene

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Watch returns a transport that registers what passes by, and searches the error pages and problem documents that come back.
func (r *Register) Watch(next http.RoundTripper) http.RoundTripper { return traffic{r, next} }

type traffic struct {
	register *Register
	next     http.RoundTripper
}

func (t traffic) RoundTrip(request *http.Request) (*http.Response, error) {
	t.register.Request(request)
	response, err := t.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	t.register.Response(request, response.StatusCode, response.Header, body)
	return response, nil
}

// Request registers what a request carries: bearer token, cookies, password, one-time link, SAML message.
func (r *Register) Request(request *http.Request) {
	if token, ok := strings.CutPrefix(request.Header.Get("Authorization"), "Bearer "); ok {
		r.Add(Secret, "a bearer token", token)
	}
	for _, cookie := range request.Cookies() {
		r.cookie(cookie)
	}
	if _, link, ok := strings.Cut(request.URL.Path, "/invitation/"); ok {
		r.Link(link)
	}
	r.fields(request.URL.Query())
	if request.GetBody == nil || !strings.HasPrefix(request.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return
	}
	body, err := request.GetBody()
	if err != nil {
		return
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		return
	}
	form, _ := url.ParseQuery(string(text)) // of a broken form, what can be read
	r.fields(form)
}

func (r *Register) fields(form url.Values) {
	for name, values := range form {
		for _, value := range values {
			switch name {
			case "SAMLResponse", "SAMLRequest":
				r.Message(value)
			case "password", "token":
				r.Add(Secret, "a "+name, value)
			case "email", "login":
				r.person(value)
			}
		}
	}
}

// cookie registers a cookie. Its parts count by themselves: in front of a dot stands a tenant, which is none.
func (r *Register) cookie(cookie *http.Cookie) {
	const slug = 20 // a tenant, a time, a flag is shorter
	kind := Secret
	if strings.HasSuffix(cookie.Name, "idplug_held") {
		kind = Person // the hash of a session's token, which opens nothing, and by which the database knows the session
	}
	for part := range strings.SplitSeq(cookie.Value, ".") {
		if len(part) >= slug {
			r.Add(kind, "the cookie "+cookie.Name, part)
		}
	}
}

// Link registers the token of a one-time link, the last part of its path.
func (r *Register) Link(link string) {
	r.Add(Secret, "a one-time link", link[strings.LastIndexByte(link, '/')+1:])
}

// Response registers what an answer gives, and searches it: for private keys always, for other secrets where it is an error.
func (r *Register) Response(request *http.Request, status int, header http.Header, body []byte) {
	for _, cookie := range (&http.Response{Header: header}).Cookies() {
		r.cookie(cookie)
	}
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type")) // none: no JSON
	if kind == "application/json" {
		var document any
		if json.Unmarshal(body, &document) == nil {
			r.document(document)
		}
	}
	kinds := []Kind{Key}
	if status >= http.StatusBadRequest {
		kinds = append(kinds, Secret)
	}
	if status >= http.StatusBadRequest && (strings.HasSuffix(request.URL.Path, "/acs") || strings.HasSuffix(request.URL.Path, "/slo")) {
		kinds = append(kinds, Person)
	}
	page := string(body)
	if _, link, ok := strings.Cut(request.URL.Path, "/invitation/"); ok {
		page = strings.ReplaceAll(page, link, "") // the form of that page posts to it
	}
	found := r.Search(request.Method+" "+request.URL.Path+" answers with what", page, kinds...)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.found = append(r.found, found...)
}

// document registers the tokens and links of an answer of the API.
func (r *Register) document(value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			text, isText := member.(string)
			switch {
			case isText && name == "token":
				r.Add(Secret, "a token", text)
			case isText && slices.Contains([]string{"link", "invitation"}, name):
				r.Link(text)
			case isText && name == "email":
				r.person(text)
			default:
				r.document(member)
			}
		}
	case []any:
		for _, member := range v {
			r.document(member)
		}
	}
}
