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

// Visitor is a person whom the server has never seen, at a browser of their own.
type Visitor struct {
	site   *Site
	tenant string
	person devidp.Person
	client *http.Client
	form   devidp.Form // the identity provider's answer, in hand

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

// Newcomer is a new person of a tenant's provider, who has done nothing yet. Their first group is their own, and half of them are readers besides.
func (s *Site) Newcomer(tenant string) *Visitor {
	n := s.visitors.Add(1)
	email := fmt.Sprintf("visitor%d%s", n, visitors)
	number := strconv.FormatInt(n, 10)
	v := &Visitor{
		site: s, tenant: tenant, watched: n <= watched,
		person: devidp.Person{Login: email, Email: email, FirstName: "Visitor", LastName: number, Groups: []string{"own-" + number}},
	}
	if n%2 == 0 {
		v.person.Groups = append(v.person.Groups, "readers")
	}
	return v
}

// Visitor brings a new person as far as the provider's answer.
func (s *Site) Visitor(ctx context.Context, tenant string) (*Visitor, error) {
	v := s.Newcomer(tenant)
	return v, v.Begin(ctx)
}

// Begin brings the person as far as the provider's answer, at a browser that nobody has used yet.
func (v *Visitor) Begin(ctx context.Context) error {
	return v.beginAt(ctx, v.site.Host.URL+"/login/"+v.tenant)
}

func (v *Visitor) beginAt(ctx context.Context, address string) error {
	if err := v.site.idp.SetPerson(v.person); err != nil {
		return err
	}
	defer v.site.idp.RemovePerson(v.person.Login)
	jar, _ := cookiejar.New(nil) // never fails
	v.client = &http.Client{
		Jar: jar, Timeout: browserTime, Transport: connections,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := v.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	away, err := response.Location()
	if err != nil {
		return fmt.Errorf("begin a login: %d: %w", response.StatusCode, err)
	}
	v.form, err = devidp.Visit(ctx, v.client, away.String(), v.person.Login)
	if v.watched {
		v.site.secrets.Message(v.form.Values.Get("SAMLResponse"))
	}
	return err
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
	status, u, err := v.session(ctx)
	switch {
	case err != nil:
		return "", err
	case status != http.StatusOK:
		return fmt.Sprintf("no session: %d", status), nil
	case u.Email != v.person.Email || u.Name != v.person.Name() || !slices.Equal(u.Roles, v.roles()):
		return fmt.Sprintf("a session for %+v, and not for %+v", u, v.person), nil
	}
	return "", nil
}

// roles are those that the mappings give this person.
func (v *Visitor) roles() []string {
	if slices.Contains(v.person.Groups, "readers") {
		return []string{"analyst"}
	}
	return []string{"agent"}
}

// session asks whose session the browser holds.
func (v *Visitor) session(ctx context.Context) (status int, u User, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.site.Host.URL+"/session", nil)
	if err != nil {
		return 0, User{}, err
	}
	response, err := v.client.Do(request)
	if err != nil {
		return 0, User{}, err
	}
	defer response.Body.Close()
	var session struct{ User User }
	if response.StatusCode == http.StatusOK {
		err = json.NewDecoder(response.Body).Decode(&session)
	}
	return response.StatusCode, session.User, err
}

// SignIn is a whole first sign-in.
func (s *Site) SignIn(ctx context.Context, tenant string) (Outcome, error) {
	v, err := s.Visitor(ctx, tenant)
	if err != nil {
		return Outcome{}, err
	}
	return v.Deliver(ctx)
}
