package vectors

import (
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// spellings write the name of the provider, ours or our address in another way that somebody takes for the same, or nearly.
func spellings() []Vector {
	forms := []struct {
		name string
		of   func(string) string
	}{
		{"empty", func(string) string { return "" }},
		{"another", func(string) string { return "https://other.example/" }},
		{"in capitals", strings.ToUpper},
		{"slash behind", func(s string) string { return s + "/" }},
		{"blank before", func(s string) string { return " " + s }},
		{"blank behind", func(s string) string { return s + " " }},
		{"line feed behind", func(s string) string { return s + "&#10;" }},
		{"tab before", func(s string) string { return "&#9;" + s }},
		{"no-break space behind", func(s string) string { return s + "\u00a0" }},
		{"zero-width space behind", func(s string) string { return s + "\u200b" }},
		{"byte order mark before", func(s string) string { return "\ufeff" + s }},
		{"Cyrillic letter", func(s string) string { return strings.Replace(s, "a", "а", 1) }},
		{"percent-encoded", func(s string) string { return strings.Replace(s, "t", "%74", 1) }},
		{"another scheme", func(s string) string { return strings.Replace(s, "://", "s://", 1) }},
		{"user before the host", func(s string) string { return strings.Replace(s, "://", "://x@", 1) }},
		{"another port", otherPort},
		{"two slashes", func(s string) string { return s[:9] + strings.Replace(s[9:], "/", "//", 1) }},
		{"dot segment", func(s string) string { return s[:9] + strings.Replace(s[9:], "/", "/./", 1) }},
		{"query", func(s string) string { return s + "?x" }},
		{"fragment", func(s string) string { return s + "#x" }},
		{"cut off", func(s string) string { return s[:len(s)-1] }},
		{"longer host", func(s string) string { return s + ".evil.test" }},
		{"twice", func(s string) string { return s + " " + s }},
		{"quoted", func(s string) string { return "'" + s + "'" }},
	}
	var list []Vector
	for _, n := range []struct {
		name string
		code sso.Code
		edit func(func(string) string) edit
	}{
		{"Response's Issuer", sso.ProtoIssuer, place{"<?xml", "saml:Issuer", 0}.setText},
		{"Assertion's Issuer", sso.ProtoIssuer, place{aStart, "saml:Issuer", 0}.setText},
		{"Audience", sso.ProtoAudience, place{aStart, "saml:Audience", 0}.setText},
		{"Destination", sso.ProtoDestination, func(of func(string) string) edit { return place{"<?xml", "samlp:Response", 0}.set("Destination", of) }},
		{"Recipient", sso.ProtoRecipient, func(of func(string) string) edit {
			return place{aStart, "saml:SubjectConfirmationData", 0}.set("Recipient", of)
		}},
	} {
		for _, f := range forms {
			list = append(list, Vector{Name: "spelling: " + n.name + ", " + f.name, Why: "names are compared byte for byte", Code: n.code, edits: []edit{n.edit(f.of)}})
		}
	}
	return append(list, nameIDs()...)
}

// otherPort is the same host at a port where somebody else may listen.
func otherPort(s string) string {
	scheme, rest, _ := strings.Cut(s, "://")
	host, path, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, ":")
	return scheme + "://" + host + ":444/" + path
}

// setText gives an element another text, written as it is.
func (p place) setText(value func(old string) string) edit {
	return p.change(func(e string) string {
		from, to := strings.Index(e, ">")+1, strings.LastIndex(e, "</")
		return e[:from] + value(e[from:to]) + e[to:]
	})
}

// nameIDs name somebody in a way that others read otherwise.
func nameIDs() []Vector {
	var list []Vector
	for name, of := range map[string]func(string) string{
		"empty":                       func(string) string { return "" },
		"tab alone":                   func(string) string { return "&#9;" },
		"no-break space alone":        func(string) string { return "\u00a0" },
		"no-break space before":       func(s string) string { return "\u00a0" + s },
		"em space behind":             func(s string) string { return s + "\u2003" },
		"ideographic space behind":    func(s string) string { return s + "\u3000" },
		"line separator behind":       func(s string) string { return s + "\u2028" },
		"carriage return inside":      func(s string) string { return s[:3] + "&#13;" + s[3:] },
		"line feed inside":            func(s string) string { return s[:3] + "\n" + s[3:] },
		"tab inside":                  func(s string) string { return s[:3] + "\t" + s[3:] },
		"next line inside":            func(s string) string { return s[:3] + "\u0085" + s[3:] },
		"delete character inside":     func(s string) string { return s[:3] + "\u007f" + s[3:] },
		"application program command": func(s string) string { return s + "\u009f" },
		"1,025 bytes":                 func(string) string { return strings.Repeat("x", sso.MaxNameID+1) },
		"1,026 bytes of two each":     func(string) string { return strings.Repeat("é", sso.MaxNameID/2+1) },
		"element before":              func(s string) string { return "<saml:x/>" + s },
		"element behind":              func(s string) string { return s + "<saml:x/>" },
		"inside an element":           func(s string) string { return "<saml:x>" + s + "</saml:x>" },
		"NameID in NameID":            func(s string) string { return "<saml:NameID>" + s + "</saml:NameID>" },
		"foreign element inside":      func(s string) string { return s + `<x:y xmlns:x="urn:x">` + intruder + `</x:y>` },
	} {
		list = append(list, Vector{Name: "name: " + name, Why: "nobody, or somebody else elsewhere", Code: sso.ProtoNameID, edits: []edit{
			place{aStart, "saml:NameID", 0}.setText(of),
		}})
	}
	return sorted(list)
}
