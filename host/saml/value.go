package saml

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// parseTime reads an xs:dateTime. SAML wants UTC (SAML Core 1.3.3); a time without a zone is taken for it, one with an offset is converted.
func parseTime(s string) (t time.Time, ok bool) {
	const upToHour, longest = len("2006-01-02T15"), len("2006-01-02T15:04:05.000000000+00:00")
	if len(s) <= upToHour || len(s) > longest || s[upToHour] != ':' || strings.ContainsRune(s, ',') {
		return time.Time{}, false // package time would take one digit for an hour, and a comma for the point
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05", s)
	}
	return t.UTC(), err == nil && !t.IsZero()
}

// maxShown bounds a value from outside in traces and texts, in bytes.
const maxShown = 256

// shown makes a value from outside fit to be shown: one line, bounded, valid, and a copy that does not keep its document alive.
func shown(s string) string {
	cut := len(s) > maxShown
	if cut {
		s = s[:maxShown]
		for len(s) > 0 && !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	if cut {
		return s + "…"
	}
	return strings.Clone(s)
}

func showTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
