package vectors

import (
	"encoding/base64"
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// forms are values that are no base64 of a response.
func forms() []Vector {
	junk := func(name, why string, code sso.Code, form func(string) string) Vector {
		return Vector{Name: "form: " + name, Why: why, Code: code, form: form}
	}
	return []Vector{
		junk("empty", "nothing was posted", sso.ACSBadForm, func(string) string { return "" }),
		junk("only line breaks", "nothing was posted", sso.ACSBadForm, func(string) string { return "\r\n\r\n" }),
		junk("not base64", "junk", sso.ACSBadForm, func(string) string { return "<samlp:Response/>" }),
		junk("url-safe alphabet", "another encoding of the same bytes", sso.ACSBadForm, func(s string) string {
			return "-_" + s[2:]
		}),
		junk("blanks", "a + that a form decoder took for a blank", sso.ACSBadForm, func(s string) string { return s[:8] + " " + s[9:] }),
		junk("cut off", "base64 without its end", sso.ACSBadForm, func(s string) string { return strings.TrimRight(s, "=")[:41] }),
		junk("padding inside", "two values in one", sso.ACSBadForm, func(s string) string { return "QQ==" + s }),
		junk("too large decoded", "513 KiB", sso.ACSTooLarge, func(string) string {
			return base64.StdEncoding.EncodeToString(make([]byte, 513<<10))
		}),
		junk("too large encoded", "11 MB", sso.ACSTooLarge, func(string) string { return strings.Repeat("QUJD", 11<<20/4) }),
		junk("too many line breaks", "11 MB of nothing", sso.ACSTooLarge, func(string) string { return strings.Repeat("\n", 11<<20) }),
	}
}
