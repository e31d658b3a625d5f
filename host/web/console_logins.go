package web

import (
	"net/http"
	"net/url"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

const loginsPath = consolePath + "/logins"

func (s *Server) loginsSection() section {
	return section{path: "/logins", label: "nav.logins", group: "nav.security", routes: []route{{http.MethodGet, "", s.loginsPage}}}
}

// loginsView is a part of the list of sign-ins.
type loginsView struct {
	Outcomes    []choice
	Code        string
	Codes       []sso.Code
	Rows        []loginView
	Filtered    bool
	Next, Start string // addresses, "" where there is none
}

// loginView is a sign-in in words.
type loginView struct {
	sso.LoginRecord
	Name              string     // of the provider, "" for a password
	Summary, Fix, Who string     // of its code
	Given             *givenView // by mappings; nil where none was asked
	Checks            []stepView
}

var outcomes = []string{sso.SignedIn, sso.Refused, sso.Restarted, sso.Tried}

// loginsPage lists sign-ins, newest first.
func (s *Server) loginsPage(v *visit) error {
	filter := v.filter("outcome", "code")
	q := directory.LoginQuery{Outcome: filter.Get("outcome"), Code: sso.Code(filter.Get("code"))}
	q.Cursor = v.QueryParam("cursor")
	records, next, err := s.o.Directory.Logins(v.Request().Context(), v.by, v.tenant, q)
	if err != nil {
		return err
	}
	c, err := s.o.Directory.Catalogues(v.Request().Context(), v.by, v.tenant)
	if err != nil {
		return err
	}
	view := loginsView{Code: filter.Get("code"), Codes: sso.Codes(), Filtered: len(filter) > 0}
	for _, outcome := range outcomes {
		view.Outcomes = append(view.Outcomes, choice{outcome, v.words.or("outcome."+outcome, outcome), outcome == q.Outcome})
	}
	for _, r := range records {
		row := loginView{LoginRecord: r, Given: v.given(r.Grants, c), Checks: v.steps(r.Steps)}
		if r.Provider != "" {
			row.Name = s.providerName(r.Provider)
		}
		if r.Code != "" {
			row.Summary, row.Fix = v.words.refusal(r.Code, nil)
			row.Who = v.who(r.Code)
		}
		view.Rows = append(view.Rows, row)
	}
	view.Start, view.Next = listEnds(loginsPath, filter, q.Cursor, next)
	return v.render(http.StatusOK, "console_logins.html", "nav.logins", view)
}

// filter are the named values of the address that are given.
func (v *visit) filter(names ...string) url.Values {
	out := url.Values{}
	for _, name := range names {
		if value := v.QueryParam(name); value != "" {
			out.Set(name, value)
		}
	}
	return out
}

// listEnds are the addresses of the first part of a list and of the one that follows, "" where there is none.
func listEnds(path string, filter url.Values, cursor, next string) (first, following string) {
	if cursor != "" {
		first = withQuery(path, filter)
	}
	if next != "" {
		following = withQuery(path, with(filter, "cursor", next))
	}
	return first, following
}
