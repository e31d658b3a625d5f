package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host"
)

// writeExplanation prints an explanation for people.
func writeExplanation(w io.Writer, e host.Explanation) {
	_, _ = fmt.Fprintf(w, "%s\n\n", unverified)
	if e.Metadata != nil {
		writeMetadata(w, e.Plugin, e.Metadata)
		return
	}
	writeResponse(w, e.Plugin, e.Response)
}

func writeResponse(w io.Writer, m sso.Manifest, r *host.ResponseExplanation) {
	signed := "without a signature"
	if r.Signed {
		signed = "with a signature that nobody checked"
	}
	_, _ = fmt.Fprintf(w, "response of %s, %s, read by %s %s\n\n", clean(r.Assertion.IDPEntityID), signed, m.Name, m.Version)
	table(w, "ATTRIBUTE\tFRIENDLY NAME\tVALUES", func(row func(...string)) {
		row("(NameID)", r.Assertion.NameID.Format, r.Assertion.NameID.Value)
		for _, a := range r.Assertion.Attributes {
			row(a.Name, a.FriendlyName, some(a.Values))
		}
	})
	if r.Refused != nil {
		_, _ = fmt.Fprintf(w, "\nREFUSED  %s\n", explain(r.Refused))
		return
	}
	if !m.Capabilities.Profile {
		_, _ = fmt.Fprintln(w, "\nThis plugin reads no profiles: it signs in people who are linked already, and nobody else.")
	}
	_, _ = fmt.Fprintln(w)
	table(w, "PROFILE\tVALUE\tFROM\tHOW", func(row func(...string)) {
		for _, f := range profileFields(r.Profile) {
			row(f.Field, f.Value, f.From, f.How)
		}
		if r.Profile.GroupsUnknown {
			row("groups", "left out by the provider: unknown, not none", "", "")
		}
	})
	writeProblems(w, r.Profile.Problems)
	for _, g := range []*host.GrantedMapping{r.Roles, r.Inboxes} {
		if g != nil {
			writeGranted(w, g)
		}
	}
}

// writeGranted prints what a mapping gives and the rows that gave it.
func writeGranted(w io.Writer, g *host.GrantedMapping) {
	_, _ = fmt.Fprintf(w, "\n%s: %s\n", g.Fields.Grant, orNone(g.Keys))
	for _, i := range g.Matched {
		row := g.Mapping.Rows[i]
		_, _ = fmt.Fprintf(w, "  %s[%d]  %s = %s  gives %s\n", g.Fields.Rows, i, clean(row.Attribute), clean(row.Value), orNone(row.Grant))
	}
	if g.Defaulted {
		_, _ = fmt.Fprintf(w, "  %s, because none of %d rows matches\n", g.Fields.Defaults, len(g.Mapping.Rows))
	}
	if len(g.Dropped) > 0 {
		_, _ = fmt.Fprintf(w, "  dropped, for it combines with no other: %s\n", orNone(g.Dropped))
	}
}

func writeMetadata(w io.Writer, m sso.Manifest, e *host.MetadataExplanation) {
	_, _ = fmt.Fprintf(w, "metadata, read by the host and %s %s\n\n", m.Name, m.Version)
	if e.Refused != nil {
		_, _ = fmt.Fprintf(w, "REFUSED  %s\n", explain(e.Refused))
	} else {
		table(w, "WHAT\tVALUE", func(row func(...string)) {
			row("entity ID", e.IdP.EntityID)
			for _, s := range e.IdP.SSO {
				row("sign-on, "+s.Binding[strings.LastIndexByte(s.Binding, ':')+1:], s.URL)
			}
			for _, c := range e.IdP.Certificates {
				row("key until "+c.NotAfter.Format("2006-01-02"), c.Subject)
			}
			row("requests", requestWords(e.Advice.Request))
		})
	}
	writeProblems(w, append(e.Advice.Problems, e.Notes...))
}

func requestWords(h sso.RequestHints) string {
	words := []string{}
	if h.NameIDFormat != "" {
		words = append(words, "NameIDPolicy "+h.NameIDFormat)
	}
	if len(h.AuthnContexts) > 0 {
		words = append(words, "RequestedAuthnContext "+strings.Join(h.AuthnContexts, ", "))
	}
	if h.Sign {
		words = append(words, "signed")
	}
	if len(words) == 0 {
		return "as usual"
	}
	return strings.Join(words, "; ")
}

func writeProblems(w io.Writer, ps sso.Problems) {
	for _, p := range ps {
		summary, fix := p.Words()
		_, _ = fmt.Fprintf(w, "\n%s  %s  %s\n  %s\n", p.Severity, clean(p.Field), clean(string(p.Code)), clean(summary))
		if fix != "" {
			_, _ = fmt.Fprintf(w, "  mend it: %s\n", clean(fix))
		}
	}
}

// table prints rows whose cells come from outside.
func table(w io.Writer, head string, fill func(row func(...string))) {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, head)
	fill(func(cells ...string) {
		for i := range cells {
			cells[i] = clean(cells[i])
		}
		_, _ = fmt.Fprintln(t, strings.Join(cells, "\t"))
	})
	_ = t.Flush()
}

// clean keeps a text from outside to one line, and a terminal from obeying it.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '·'
		}
		return r
	}, strings.ToValidUTF8(s, "·"))
}

// someValues is how many values of one attribute a table shows; --json has them all.
const someValues = 10

func some(values []string) string {
	if more := len(values) - someValues; more > 0 {
		return fmt.Sprintf("%s, and %d more", strings.Join(values[:someValues], ", "), more)
	}
	return strings.Join(values, ", ")
}

func orNone(keys []sso.Key) string {
	if len(keys) == 0 {
		return "none"
	}
	texts := make([]string, len(keys))
	for i, k := range keys {
		texts[i] = string(k)
	}
	return strings.Join(texts, ", ")
}

// profileField is one fact of a profile with its proof.
type profileField struct {
	Field string `json:"field"`
	Value string `json:"value"`
	From  string `json:"from"` // attribute, or NameID
	How   string `json:"how"`  // as-is, trim, lower, split
}

func profileFields(p sso.Profile) []profileField {
	fields := []profileField{}
	add := func(name string, v sso.Value) {
		if v != (sso.Value{}) {
			fields = append(fields, profileField{name, v.Text, v.From, string(v.Op)})
		}
	}
	add("subject", p.Subject)
	add("email", p.Email)
	add("given_name", p.GivenName)
	add("family_name", p.FamilyName)
	add("display_name", p.DisplayName)
	for _, g := range p.Groups {
		add("groups", g)
	}
	return fields
}
