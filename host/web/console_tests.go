package web

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

func (s *Server) testSection() section {
	return section{path: "/test", label: "nav.test", group: "nav.security", routes: []route{
		{http.MethodGet, "", s.testsPage},
		{http.MethodPost, "", s.beginTest},
	}}
}

// testsView lists the connections that can be tested.
type testsView struct {
	Connections []connectionView
	Problems    fieldProblems
}

// connectionView is a kept connection.
type connectionView struct {
	Provider       sso.ProviderKey
	Name, EntityID string
	Active, Tested bool
	Warnings       []fieldProblem
}

// testsPage shows what can be tested.
func (s *Server) testsPage(v *visit) error { return s.showTests(v, http.StatusOK, nil) }

func (s *Server) showTests(v *visit, status int, ps sso.Problems) error {
	ctx := v.Request().Context()
	stored, err := s.o.Settings.View(ctx, v.by, v.tenant)
	if err != nil {
		return err
	}
	view := testsView{Problems: v.problems(ps)}
	for _, card := range s.cards(v, stored.Settings.Provider, stored.ServiceProvider) {
		kept, err := s.o.Settings.Connection(ctx, v.by, v.tenant, card.Key)
		if err != nil && sso.CodeOf(err) != sso.NotFound {
			return err
		}
		if conn := kept.Connection; conn.HasMetadata() {
			view.Connections = append(view.Connections, connectionView{
				Provider: card.Key, Name: card.Name, EntityID: conn.IdP.EntityID, Active: card.Chosen && stored.Settings.UseSSO,
				Tested: conn.TestedRevision == conn.Revision, Warnings: v.problems(kept.Warnings),
			})
		}
	}
	return v.render(status, "console_tests.html", "nav.test", view)
}

// beginTest sends the administrator to the provider.
func (s *Server) beginTest(v *visit) error {
	values, err := readForm(v)
	if err != nil {
		return err
	}
	ticket, err := s.o.Login.Test(v.Request().Context(), v.by, v.tenant, sso.ProviderKey(values.Get("provider")))
	switch refusal := refusalOf(err); {
	case err == nil:
		return s.startTest(v, ticket)
	case refusal.Code == sso.Invalid:
		return s.showTests(v, http.StatusUnprocessableEntity, refusal.Problems)
	}
	return err
}

// testedView is what came of a test.
type testedView struct {
	login.Tested
	Name            string // of the provider
	Summary, Fix    string // of the refusal, "" when a sign-in would succeed
	Who             string
	Outcome         string // what a sign-in would do, in words
	Steps           []stepView
	Attributes      sso.Attributes
	RoleGrant       grantView
	InboxGrant      grantView
	RoleSet, Inbox  string        // what the person would have
	Facts           []profileFact // what the plugin read
	ProfileProblems []fieldProblem
	Warnings        []fieldProblem
}

// profileFact is a value of a profile and its kind.
type profileFact struct {
	Kind string
	sso.Value
}

func factsOf(p sso.Profile) []profileFact {
	facts := []profileFact{{"email", p.Email}, {"subject", p.Subject}, {"display_name", p.DisplayName}, {"given_name", p.GivenName}, {"family_name", p.FamilyName}}
	for _, g := range p.Groups {
		facts = append(facts, profileFact{"group", g})
	}
	return slices.DeleteFunc(facts, func(f profileFact) bool { return f.Text == "" })
}

// testedPage shows what came of a test. It is the answer to the provider's form, because nothing of it is kept but the trace.
func (s *Server) testedPage(c echo.Context, r login.Tested) error {
	ctx := c.Request().Context()
	v := s.visitOf(c, r.Tester, r.Tenant)
	catalogues, err := s.o.Directory.Catalogues(ctx, sso.Actor{Kind: sso.System, ID: "web"}, r.Tenant)
	if err != nil {
		return err
	}
	view := testedView{
		Tested: r, Name: s.providerName(r.Provider), Steps: v.steps(r.Steps), Attributes: r.Assertion.Attributes,
		RoleGrant: v.grant(sso.RoleFields, r.Roles, catalogues.Roles), InboxGrant: v.grant(sso.InboxFields, r.Inboxes, catalogues.Inboxes),
		RoleSet: names(r.User.Roles, catalogues.Roles), Inbox: names(r.User.Inboxes, catalogues.Inboxes), Warnings: v.problems(r.Warnings),
	}
	status := http.StatusOK
	if r.Refusal != nil {
		view.Summary, view.Fix = v.words.refusal(r.Refusal.Code, r.Refusal.Params)
		view.Who = v.who(r.Refusal.Code)
	}
	if !r.Works {
		status = sso.TextOf(r.Refusal.Code).Status
	}
	if p := r.Profile; p != nil {
		view.ProfileProblems, view.Facts = v.problems(p.Problems), factsOf(*p)
	}
	return v.render(status, "console_tested.html", "tested.title", view)
}

// visitOf is the visit of a tester whose session cookie does not come along with the provider's form. Without a person it is a page by itself.
func (s *Server) visitOf(c echo.Context, user sso.User, t sso.TenantID) *visit {
	return &visit{
		Context: c, s: s, at: s.testSection(), words: s.pages.words[s.language(c)], user: user, tenant: t,
		company: s.tenantName(c.Request().Context(), t),
	}
}
