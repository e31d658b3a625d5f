package web

import (
	"net/url"
	"strings"
)

const maxReturnTo = 1024

// returnPath is where a sign-in leads: a path on this origin, or "/" for anything that is not plainly one. Browsers and proxies read
// backslashes, control characters and encoded slashes each in their own way, so none is let through; nor are our own sign-in addresses, which
// would start over.
func returnPath(s string) string {
	const home = "/"
	if len(s) > maxReturnTo || !strings.HasPrefix(s, "/") {
		return home
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == '\\' {
			return home
		}
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || !plainPath(u.Path) {
		return home
	}
	lower := strings.ToLower(u.Path)
	for _, own := range []string{"/login", "/logout", "/saml", "/invitation", "/reset"} {
		if lower == own || strings.HasPrefix(lower, own+"/") {
			return home
		}
	}
	return s
}

// plainPath refuses what the decoded path may not hold. It may be encoded twice, so a percent sign is refused as well.
func plainPath(p string) bool {
	if strings.Contains(p, "//") || strings.ContainsAny(p, `\%`) {
		return false
	}
	for segment := range strings.SplitSeq(p, "/") {
		if segment == ".." || segment == "." {
			return false
		}
	}
	for i := range len(p) {
		if p[i] < ' ' || p[i] == 0x7f {
			return false
		}
	}
	return true
}
