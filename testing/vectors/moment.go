package vectors

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

// skew is the clock difference that the product forgives unless it is told otherwise.
const skew = 3 * time.Minute

// moment is a time that a response states.
type moment struct {
	place
	attr string
	code sso.Code
}

var (
	responseIssued  = moment{place{"<?xml", "samlp:Response", 0}, "IssueInstant", sso.ProtoTime}
	assertionIssued = moment{place{aStart, "saml:Assertion", 0}, "IssueInstant", sso.ProtoTime}
	confirmedUntil  = moment{place{aStart, "saml:SubjectConfirmationData", 0}, "NotOnOrAfter", sso.ProtoTime}
	validFrom       = moment{place{aStart, "saml:Conditions", 0}, "NotBefore", sso.ProtoConditions}
	validUntil      = moment{place{aStart, "saml:Conditions", 0}, "NotOnOrAfter", sso.ProtoConditions}
	signedInAt      = moment{place{aStart, "saml:AuthnStatement", 0}, "AuthnInstant", sso.ProtoAuthn}
	sessionUntil    = moment{place{aStart, "saml:AuthnStatement", 0}, "SessionNotOnOrAfter", sso.ProtoAuthn}
)

func (m moment) String() string { return strings.TrimPrefix(m.element, "saml:") + " " + m.attr }

// set gives an element an attribute, in place of the one it has. The value is written as it is.
func (p place) set(attr string, value func(old string) string) edit {
	return p.change(func(e string) string {
		before, rest, found := strings.Cut(e, " "+attr+`="`)
		if !found {
			name := "<" + p.element
			return name + " " + attr + `="` + value("") + `"` + strings.TrimPrefix(e, name)
		}
		old, after, _ := strings.Cut(rest, `"`)
		return before + " " + attr + `="` + value(old) + `"` + after
	})
}

// at sets the moment to a time relative to now, or so many steps beside it.
func (m moment) at(offset time.Duration, steps int) edit {
	return func(b Base, text string) (string, error) {
		to := b.Now.Add(offset + time.Duration(steps)*cmp.Or(b.Step, time.Second))
		return m.set(m.attr, func(string) string { return to.UTC().Format("2006-01-02T15:04:05.000Z") })(b, text)
	}
}

// moments are times at each bound, one step before and one step behind it, and times of a form that is none.
func moments() []Vector {
	var list []Vector
	edge := func(m moment, bound string, offset time.Duration, refusedAt func(steps int) bool) {
		for steps := -1; steps <= 1; steps++ {
			v := Vector{
				Name: fmt.Sprintf("time: %s %s %+d", m, bound, steps), Why: "one step beside the bound, or on it", edits: []edit{m.at(offset, steps)},
			}
			if refusedAt(steps) {
				v.Code = m.code
			}
			list = append(list, v)
		}
	}
	// Beginnings may be as late as the bound, ends must be later than it.
	tooLate := func(steps int) bool { return steps > 0 }
	over := func(steps int) bool { return steps <= 0 }
	for _, m := range []moment{responseIssued, assertionIssued} {
		edge(m, "ahead", skew, tooLate)
		edge(m, "old", -login.FlowTTL-skew, over)
	}
	edge(signedInAt, "ahead", skew, tooLate)
	edge(validFrom, "ahead", skew, tooLate)
	edge(validUntil, "over", -skew, over)
	edge(confirmedUntil, "over", -skew, over)
	edge(sessionUntil, "over", 0, over)
	return append(list, notTimes()...)
}

// notTimes are times as other parsers read them.
func notTimes() []Vector {
	forms := []struct {
		name string
		of   func(time string) string // "2006-01-02T15:04:05.000Z"
	}{
		{"empty", func(string) string { return "" }},
		{"a word", func(string) string { return "always" }},
		{"date alone", func(t string) string { return t[:10] }},
		{"no seconds", func(t string) string { return t[:16] + "Z" }},
		{"comma", func(t string) string { return strings.Replace(t, ".", ",", 1) }},
		{"blank for T", func(t string) string { return strings.Replace(t, "T", " ", 1) }},
		{"small letters", strings.ToLower},
		{"blank before", func(t string) string { return " " + t }},
		{"blank behind", func(t string) string { return t + " " }},
		{"no separators", func(t string) string { return strings.NewReplacer("-", "", ":", "").Replace(t) }},
		{"offset without colon", func(t string) string { return t[:19] + "+0000" }},
		{"year of five digits", func(t string) string { return "1" + t }},
		{"year below zero", func(t string) string { return "-" + t }},
		{"one digit for the hour", func(t string) string { return t[:11] + t[12:] }},
		{"hour 25", func(t string) string { return t[:11] + "25" + t[13:] }},
		{"month 13", func(t string) string { return t[:5] + "13" + t[7:] }},
		{"more behind", func(t string) string { return t + "x" }},
		{"two", func(t string) string { return t + t }},
		{"a fraction of 20 digits", func(t string) string { return t[:19] + ".00000000000000000000Z" }},
		{"the year one", func(string) string { return "0001-01-01T00:00:00Z" }},
		{"other digits", func(t string) string { return strings.Replace(t, "2", "٢", 1) }},
	}
	var list []Vector
	for _, m := range []moment{responseIssued, assertionIssued, confirmedUntil, validFrom, validUntil, signedInAt, sessionUntil} {
		for _, f := range forms {
			list = append(list, Vector{
				Name: fmt.Sprintf("time: %s, %s", m, f.name), Why: "a time to some parsers", Code: m.code,
				edits: []edit{m.at(time.Minute, 0), m.set(m.attr, f.of)},
			})
		}
	}
	return list
}
