package sdktest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idplug/idplug/sdk"
)

// question is an assertion, under the name by which a finding calls it.
type question struct {
	name    string
	request sdk.ProfileRequest
}

// questions are all assertions of the suite but the crowds: what holds for every answer is held against the answers to these.
func questions(m sdk.Manifest) []question {
	return slices.Concat(
		[]question{{"a person", person(m, 1)}, {"three values each", person(m, 3)}},
		missing(m), empty(m), scripts(m), hostile(m), []question{transient()},
	)
}

// person is an assertion as the provider's own hints describe it, each attribute with n values.
func person(m sdk.Manifest, n int) sdk.ProfileRequest {
	r := sdk.ProfileRequest{IDPEntityID: "https://idp.example.org", NameID: sdk.NameID{Value: "u-1", Format: sdk.NameIDPersistent}}
	for _, h := range m.AttributeHints {
		a := sdk.Attribute{Name: h.Name}
		for i := range n {
			text := fmt.Sprintf("%s %d", h.For, i)
			if h.For == sdk.FieldEmail {
				text = fmt.Sprintf("person%d@example.org", i)
			}
			a.Values = append(a.Values, text)
		}
		r.Attributes = append(r.Attributes, a)
	}
	return r
}

// saying is a person all of whose attributes have the one value.
func saying(m sdk.Manifest, values ...string) sdk.ProfileRequest {
	r := person(m, 0)
	for i := range r.Attributes {
		r.Attributes[i].Values = values
	}
	return r
}

func missing(m sdk.Manifest) []question {
	all := person(m, 1)
	out := []question{{"nothing at all", sdk.ProfileRequest{}}}
	for i, a := range all.Attributes {
		r := all
		r.Attributes = slices.Concat(all.Attributes[:i], all.Attributes[i+1:])
		out = append(out, question{"without " + a.Name, r})
	}
	return out
}

func empty(m sdk.Manifest) []question {
	return []question{
		{"no value", saying(m)},
		{"an empty value", saying(m, "")},
		{"blank values", saying(m, " ", "\u00a0\t\n")},
	}
}

func scripts(m sdk.Manifest) []question {
	var out []question
	for _, text := range []string{"Åsa-Ñandú", "Zoe\u0308", "李小龍", "عبد الله", "👩‍👩‍👧 Nguyễn", "İstanbul ẞ"} {
		out = append(out, question{fmt.Sprintf("%q", text), saying(m, text)})
	}
	return out
}

func hostile(m sdk.Manifest) []question {
	texts := map[string]string{
		"long":              strings.Repeat("a", 64<<10),
		"only separators":   ",;,;,;",
		"control":           "a\x01\x7f\r\nb",
		"direction":         "\u202eadmin\u2066",
		"no character":      "\ufffe\uffff",
		"format":            "%s%d%n{0}${x}{acs_url}",
		"markup":            `<script>alert(1)</script>`,
		"two addresses":     "a@example.org,b@example.org",
		"address in a name": `"Ada" <ada@example.org>`,
	}
	var out []question
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		r := saying(m, texts[name])
		r.NameID.Value = texts[name]
		out = append(out, question{name, r})
	}
	return out
}

func transient() question {
	return question{"a transient NameID", sdk.ProfileRequest{NameID: sdk.NameID{Value: "_once", Format: sdk.NameIDTransient}}}
}

// examples is the person of whom the hints' own examples tell; false if they tell nothing.
func examples(m sdk.Manifest) (sdk.ProfileRequest, bool) {
	r := sdk.ProfileRequest{IDPEntityID: "https://idp.example.org", NameID: sdk.NameID{Value: "example", Format: sdk.NameIDPersistent}}
	for _, h := range m.AttributeHints {
		if h.Example != "" {
			r.Attributes = append(r.Attributes, sdk.Attribute{Name: h.Name, Values: []string{h.Example}})
		}
	}
	return r, len(r.Attributes) > 0
}
