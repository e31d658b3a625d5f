package sso

import (
	"maps"
	"slices"
	"strings"
)

// Text says what a code means. Summary and Fix may hold {name} places for parameters. This is the one catalogue of the product's texts;
// a translation is another value of the same shape.
type Text struct {
	Status  int    // HTTP status of a refusal with this code
	Who     string // who can mend it
	Summary string
	Fix     string
}

// TextOf returns the text of a code; an unknown one (a plugin's own) gets the text of [Invalid].
func TextOf(c Code) Text {
	for _, m := range []map[Code]Text{apiTexts, fieldTexts, loginTexts} {
		if t, ok := m[c]; ok {
			return t
		}
	}
	return apiTexts[Invalid]
}

// Codes lists every code of the product, sorted.
func Codes() []Code {
	return slices.Sorted(func(yield func(Code) bool) {
		for _, m := range []map[Code]Text{apiTexts, fieldTexts, loginTexts} {
			for c := range maps.Keys(m) {
				if !yield(c) {
					return
				}
			}
		}
	})
}

// Fill puts params into the places of s.
func Fill(s string, params map[string]string) string {
	if len(params) == 0 {
		return s
	}
	pairs := make([]string, 0, 2*len(params))
	for _, k := range slices.Sorted(maps.Keys(params)) {
		pairs = append(pairs, "{"+k+"}", params[k])
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// Words are the summary and the fix of a problem as a person reads them: the plugin's own where it brought them, else the catalogue's.
func (p Problem) Words() (summary, fix string) {
	t := TextOf(p.Code)
	summary, fix = p.Summary, p.Fix
	if summary == "" {
		summary = Fill(t.Summary, p.Params)
	}
	if fix == "" && p.Summary == "" {
		fix = Fill(t.Fix, p.Params)
	}
	return summary, fix
}
