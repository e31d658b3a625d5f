package sso

import (
	"maps"
	"strings"
)

// Severity says whether a problem refuses.
type Severity string

// The severities. Failures refuse a save; warnings and infos travel beside its success.
const (
	Failure Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Problem is something an administrator should know, at the field it concerns. Its words are in the catalogue of texts under its code, with
// Params filled in; only plugins bring words of their own, because they speak their provider's language.
type Problem struct {
	Severity Severity
	Field    string // path into the document: "role_mappings[0].roles[1]"
	Code     Code
	Params   map[string]string
	Summary  string // a plugin's own words, else ""
	Fix      string
}

// Same reports whether p and q say the same of the same field, however severe.
func (p Problem) Same(q Problem) bool {
	return p.Field == q.Field && p.Code == q.Code && p.Summary == q.Summary && p.Fix == q.Fix && maps.Equal(p.Params, q.Params)
}

// Problems are problems in the order in which they were found.
type Problems []Problem

// Add appends a problem; params are name, value, name, value.
func (ps *Problems) Add(s Severity, field string, code Code, params ...string) {
	p := Problem{Severity: s, Field: field, Code: code}
	for i := 0; i+1 < len(params); i += 2 {
		if p.Params == nil {
			p.Params = map[string]string{}
		}
		p.Params[params[i]] = params[i+1]
	}
	*ps = append(*ps, p)
}

// Failures are the problems that refuse.
func (ps Problems) Failures() Problems { return ps.only(true) }

// Warnings are the problems that do not refuse.
func (ps Problems) Warnings() Problems { return ps.only(false) }

func (ps Problems) only(failures bool) Problems {
	var out Problems
	for _, p := range ps {
		if (p.Severity == Failure) == failures {
			out = append(out, p)
		}
	}
	return out
}

// Demoted returns the same problems as warnings: for a save that must not fail because of them.
func (ps Problems) Demoted() Problems {
	out := make(Problems, len(ps))
	for i, p := range ps {
		if p.Severity == Failure {
			p.Severity = Warning
		}
		out[i] = p
	}
	return out
}

// String lists fields and codes, never values: fit for a log.
func (ps Problems) String() string {
	parts := make([]string, len(ps))
	for i, p := range ps {
		parts[i] = p.Field + ": " + string(p.Code)
	}
	return strings.Join(parts, ", ")
}
