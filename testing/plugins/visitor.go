package plugins

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/idplug/idplug/testing/devidp"
)

// Visitor is a person whom the server has never seen, at a browser of their own, with the identity provider's answer in hand.
type Visitor struct {
	site   *Site
	person devidp.Person
	client *http.Client
	form   devidp.Form

	watched bool
}

// Outcome is what became of a first sign-in.
type Outcome struct {
	Status int
	Code   string // of a refusal
	Took   time.Duration
	Wrong  string // what is wrong with a session that was given; "" when all is right
}

// SignedIn tells whether there is a session, and that of the right person.
func (o Outcome) SignedIn() bool { return o.Status == http.StatusSeeOther && o.Wrong == "" }

func (o Outcome) String() string {
	if o.SignedIn() {
		return "signed in"
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", o.Status, o.Code, o.Wrong))
}

// browserTime bounds one request of a browser.
const browserTime = 60 * time.Second

// connections are shared by all browsers, as by a proxy in front of the server.
var connections = &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 10 * time.Second}

// visitors is what all their addresses end in.
const visitors = "@people.example"

// watched is how many visitors' messages and cookies are searched for afterwards. A storm has thousands, all alike.
const watched = 32

// Visitor brings a new person as far as the provider's answer. Their first group is their own, and half of them are readers besides.
func (s *Site) Visitor(ctx context.Context, tenant string) (*Visitor, error) {
	n := s.visitors.Add(1)
	email := fmt.Sprintf("visitor%d%s", n, visitors)
	number := strconv.FormatInt(n, 10)
	v := &Visitor{site: s, watched: n <= watched, person: devidp.Person{Login: email, Email: email, FirstName: "Visitor", LastName: number, Groups: []string{"own-" + number}}}
	if n%2 == 0 {
		v.person.Groups = append(v.person.Groups, "readers")
	}
	if err := s.idp.SetPerson(v.person); err != nil {
		return nil, err
	}
	defer s.idp.RemovePerson(email)
	jar, _ := cookiejar.New(nil) // never fails
	v.client = &http.Client{
		Jar: jar, Timeout: browserTime, Transport: connections,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Host.URL+"/login/"+tenant, nil)
	if err != nil {
		return nil, err
	}
	response, err := v.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	away, err := response.Location()
	if err != nil {
		return nil, fmt.Errorf("begin a login: %d: %w", response.StatusCode, err)
	}
	v.form, err = devidp.Visit(ctx, v.client, away.String(), email)
	if v.watched {
		s.secrets.Message(v.form.Values.Get("SAMLResponse"))
	}
	return v, err
}

// Deliver posts the answer, and looks at the session that comes of it. The error is of the network; a refusal is an outcome.
func (v *Visitor) Deliver(ctx context.Context) (Outcome, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, v.form.Action, strings.NewReader(v.form.Values.Encode()))
	if err != nil {
		return Outcome{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	begin := time.Now()
	response, err := v.client.Do(request)
	if err != nil {
		return Outcome{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return Outcome{}, err
	}
	o := Outcome{Status: response.StatusCode, Took: time.Since(begin)}
	if v.watched {
		v.site.secrets.Response(request, o.Status, response.Header, body)
	}
	if o.Status != http.StatusSeeOther {
		var problem Problem
		_ = json.Unmarshal(body, &problem) // without a code the outcome is no success anyway
		o.Code = problem.Code
		return o, nil
	}
	o.Wrong, err = v.wrong(ctx)
	return o, err
}

// wrong says what of the session is not this person's.
func (v *Visitor) wrong(ctx context.Context) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.site.Host.URL+"/session", nil)
	if err != nil {
		return "", err
	}
	response, err := v.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var session struct {
		User struct {
			Email, Name string
			Roles       []string
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&session); err != nil {
		return fmt.Sprintf("no session: %d", response.StatusCode), nil
	}
	role := "agent"
	if slices.Contains(v.person.Groups, "readers") {
		role = "analyst"
	}
	if u := session.User; u.Email != v.person.Email || u.Name != v.person.Name() || !slices.Equal(u.Roles, []string{role}) {
		return fmt.Sprintf("a session for %+v, and not for %+v", u, v.person), nil
	}
	return "", nil
}

// SignIn is a whole first sign-in.
func (s *Site) SignIn(ctx context.Context, tenant string) (Outcome, error) {
	v, err := s.Visitor(ctx, tenant)
	if err != nil {
		return Outcome{}, err
	}
	return v.Deliver(ctx)
}
