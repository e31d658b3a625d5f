package vectors

import (
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// logoutAnswers are LogoutResponses.
func logoutAnswers() []Logout {
	var list []Logout
	all := func(l Logout, name, why string, edits ...edit) {
		l.Name, l.Why, l.Answer, l.edits = "logout answered: "+name, why, true, edits
		list = append(list, both(l)...)
	}
	add := func(code sso.Code, name, why string, edits ...edit) { all(Logout{Code: code}, name, why, edits...) }
	status := func(codes string) edit { return exchange("<samlp:StatusCode", "/>", codes) }
	one := func(code string) string { return `<samlp:StatusCode Value="` + statusURN + code + `"/>` }
	two := func(code, below string) string {
		return `<samlp:StatusCode Value="` + statusURN + code + `">` + one(below) + `</samlp:StatusCode>`
	}
	partial := Logout{Partial: true}
	all(partial, "not everywhere", "the provider ended its own session only (SAML Core 3.7.3.2)", status(two("Success", "PartialLogout")))
	all(partial, "not everywhere, as a failure", "some providers put it below Responder", status(two("Responder", "PartialLogout")))
	all(partial, "refused", "the provider would not", status(one("Requester")))
	all(partial, "no status", "nothing is confirmed", drop("<samlp:Status>", "</samlp:Status>"))
	all(partial, "two statuses", "nothing is confirmed", after("</samlp:Status>", "<samlp:Status>"+one("Responder")+"</samlp:Status>"))
	add("", "with a message", "for readers", after(one("Success"), "<samlp:StatusMessage>Bye</samlp:StatusMessage>"))

	add(sso.SLOUnexpected, "to another request", "an answer to nobody's question", func(b Base, text string) (string, error) {
		return swap(b.RequestID, b.RequestID+"x")(b, text)
	})
	add(sso.SLOUnexpected, "to nothing", "an answer to nobody's question", drop(` InResponseTo="`, `"`))
	add(sso.SLOIssuer, "no Issuer", "by whom?", drop("<saml:Issuer>", "</saml:Issuer>"))
	add(sso.SLOIssuer, "another issuer", "by whom?", swap("<saml:Issuer>", "<saml:Issuer>x"))
	add(sso.SLODestination, "no Destination", "a signed message names its address", drop(` Destination="`, `"`))
	add(sso.SLODestination, "for another tenant", "a message is for one tenant", func(b Base, text string) (string, error) {
		return swap(b.SP.SLOURL, b.OtherSP.SLOURL)(b, text)
	})
	add(sso.SLOTime, "no IssueInstant", "no time", drop(` IssueInstant="`, `"`))
	add(sso.SLOMalformed, "another version", "SAML 1.1 has no logout", swap(`Version="2.0"`, `Version="1.1"`))
	add(sso.SLOMalformed, "an assertion inside", "a logout signs nobody in", before("<samlp:Status>", "<saml:Assertion/>"))
	add(sso.SLOMalformed, "a request as an answer", "each has its own parameter", func(_ Base, text string) (string, error) {
		return strings.ReplaceAll(text, "LogoutResponse", "LogoutRequest"), nil
	})
	add(sso.SLOMalformed, "a sign-in's response", "each has its own address", func(_ Base, text string) (string, error) {
		return strings.ReplaceAll(text, "LogoutResponse", "Response"), nil
	})
	for _, l := range []Logout{{Code: sso.SLOSignature, unsigned: true}, {Code: sso.SLOSignature, key: stranger}} {
		name := "unsigned"
		if l.key != nil {
			name = "a stranger's signature"
		}
		all(l, name, "anybody can say so")
	}
	nothing := func(text string) func(string) string { return func(string) string { return deflated(text) } }
	for name, text := range map[string]string{"empty": "", "a comment alone": "<!-- -->", "white space": " \n", "no XML": "junk"} {
		list = append(list, Logout{
			Name: "logout answered: " + name, Why: "other readers panic", Code: sso.SLOMalformed, Answer: true, pack: nothing(text),
		}, Logout{
			Name: "logout answered: " + name + ", by POST", Why: "other readers panic", Code: sso.SLOMalformed, Answer: true, POST: true, query: []edit{posted(text)},
		})
	}
	list = append(list,
		Logout{Name: "logout answered: a bomb that the provider signed", Why: "8 MiB in 11 KB", Code: sso.SLOMalformed, Answer: true, pack: huge},
		Logout{Name: "logout answered: a bomb", Why: "nothing is unpacked for a stranger", Code: sso.SLOSignature, Answer: true, pack: huge, key: stranger},
	)
	return sortedLogouts(list)
}

// posted puts another message into the form.
func posted(text string) edit {
	return func(_ Base, body string) (string, error) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return "", err
		}
		form.Set("SAMLResponse", base64.StdEncoding.EncodeToString([]byte(text)))
		return form.Encode(), nil
	}
}
