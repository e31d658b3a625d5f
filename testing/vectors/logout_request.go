package vectors

import (
	"cmp"
	"crypto/rsa"
	"strings"
	"time"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/samltest"
)

const (
	nameStart = `<saml:NameID Format="` + devidp.FormatEmailAddress + `">`
	nameEnd   = `</saml:NameID>`
	indexed   = `<samlp:SessionIndex>_session</samlp:SessionIndex>`
)

// logoutRequests are changes that both bindings share.
func logoutRequests() []Logout {
	var list []Logout
	add := func(code sso.Code, name, why string, edits ...edit) {
		list = append(list, both(Logout{Name: "logout: " + name, Why: why, Code: code, edits: edits})...)
	}
	spares := func(name, why string, edits ...edit) {
		list = append(list, both(Logout{Name: "logout: " + name, Why: why, Spares: true, edits: edits})...)
	}
	add("", "one more session named", "the schema has a list", after(indexed, "<samlp:SessionIndex>_other</samlp:SessionIndex>"))
	add("", "no session named", "all sessions of that name", swap(indexed, ""))
	add("", "a name without a format", "unspecified and emailAddress are one class", swap(nameStart, "<saml:NameID>"))
	add("", "a reason", "Reason is for readers", swap(" Version=", ` Reason="urn:oasis:names:tc:SAML:2.0:logout:user" Version=`))
	add("", "no NotOnOrAfter", "it is optional", drop(` NotOnOrAfter="`, `"`))
	add("", "extensions", "what nobody here knows means nothing", after("</saml:Issuer>", `<samlp:Extensions><x:y xmlns:x="urn:x"/></samlp:Extensions>`))
	spares("session of somebody else", "an index names a session, not its owner", swap("_session<", "_session-of-bob<"))
	spares("name of somebody else", "a person's logout ends nobody else's session", swap(">"+Ada+"<", ">bob@example.test<"))
	spares("name in other letters", "names are compared exactly", swap(">"+Ada+"<", ">"+strings.ToUpper(Ada)+"<"))
	spares("name of another class", "a persistent name is nobody's e-mail address", swap(devidp.FormatEmailAddress, devidp.FormatPersistent))

	add(sso.SLOIssuer, "no Issuer", "by whom?", drop("<saml:Issuer>", "</saml:Issuer>"))
	add(sso.SLOIssuer, "another issuer", "a provider of another tenant with the same key", swap("<saml:Issuer>", "<saml:Issuer>x"))
	add(sso.SLODestination, "no Destination", "a signed message names its address (SAML Bindings 3.4.5.2, 3.5.5.2)", drop(` Destination="`, `"`))
	add(sso.SLODestination, "for another tenant", "a message is for one tenant", func(b Base, text string) (string, error) {
		return swap(b.SP.SLOURL, b.OtherSP.SLOURL)(b, text)
	})
	add(sso.SLODestination, "for the ACS", "a message is for one address", func(b Base, text string) (string, error) {
		return swap(b.SP.SLOURL, b.SP.ACSURL)(b, text)
	})
	add(sso.SLONameID, "no name", "whose sessions?", drop(nameStart, nameEnd))
	add(sso.SLONameID, "empty name", "whose sessions?", swap(">"+Ada+"<", "><"))
	add(sso.SLONameID, "two names", "which of them?", after(nameEnd, nameStart+"bob@example.test"+nameEnd))
	add(sso.SLONameID, "an element in the name", "readers take different texts", swap(">"+Ada, ">ada<saml:x/>@example.test"))
	add(sso.SLONameID, "white space in the name", "two names that look alike", swap(">"+Ada, "> "+Ada))
	add(sso.SLONameID, "BaseID", "nobody has agreed what it means", swap(nameStart+Ada+nameEnd, `<saml:BaseID/>`))
	list = append(list, encryptedNames()...)
	list = append(list, malformedRequests()...)
	list = append(list, both(Logout{Name: "logout: a stranger's signature", Why: "anybody can sign", Code: sso.SLOSignature, key: stranger})...)
	list = append(list, both(Logout{Name: "logout: unsigned", Why: "anybody could end sessions", Code: sso.SLOSignature, unsigned: true})...)
	doctype := before("<samlp:LogoutRequest ", `<!DOCTYPE r [<!ENTITY a "b">]>`)
	list = append(
		list, Logout{Name: "logout: DOCTYPE, by redirect", Why: "entities", Code: sso.SLOMalformed, edits: []edit{doctype}},
		Logout{Name: "logout: DOCTYPE, by POST", Why: "entities", Code: sso.SLOMalformed, POST: true, tampers: []edit{doctype}},
	)
	return append(list, logoutMoments()...)
}

// logoutMoments are times at the bounds, one step beside each.
func logoutMoments() []Logout {
	var list []Logout
	at := func(code sso.Code, name, attr string, offset time.Duration, steps int) {
		list = append(list, both(Logout{Name: "logout: " + name, Why: "a message is good for its time alone", Code: code, edits: []edit{
			func(b Base, text string) (string, error) {
				to := b.Now.Add(offset + time.Duration(steps)*cmp.Or(b.Step, time.Second))
				return exchange(" "+attr+`="`, `"`, " "+attr+`="`+stamp(to)+`"`)(b, text)
			},
		}})...)
	}
	at("", "issued as late as may be", "IssueInstant", skew, -1)
	at(sso.SLOTime, "issued in the future", "IssueInstant", skew, 1)
	at("", "issued as early as may be", "IssueInstant", -login.FlowTTL-skew, 1)
	at(sso.SLOTime, "issued too long ago", "IssueInstant", -login.FlowTTL-skew, -1)
	at("", "good until now, skew and all", "NotOnOrAfter", -skew, 1)
	at(sso.SLOTime, "good until a moment ago, skew and all", "NotOnOrAfter", -skew, -1)
	for _, broken := range []struct{ attr, value string }{{"NotOnOrAfter", "tomorrow"}, {"NotOnOrAfter", ""}, {"IssueInstant", "now"}} {
		list = append(list, both(Logout{
			Name: "logout: " + broken.attr + " is “" + broken.value + "”", Why: "no time", Code: sso.SLOTime,
			edits: []edit{exchange(" "+broken.attr+`="`, `"`, " "+broken.attr+`="`+broken.value+`"`)},
		})...)
	}
	return append(list, both(Logout{Name: "logout: no IssueInstant", Why: "no time", Code: sso.SLOTime, edits: []edit{drop(` IssueInstant="`, `"`)}})...)
}

// logoutWrappings are forged requests around what the provider signed, and signatures of a form that is none.
func logoutWrappings() []Logout {
	forged := `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_evil" Version="2.0"`
	rest := nameStart + "bob@example.test" + nameEnd + `</samlp:LogoutRequest>`
	head := func(b Base) string {
		return forged + ` IssueInstant="` + stamp(b.Now) + `" Destination="` + b.SP.SLOURL + `"><saml:Issuer>` + b.IDPEntityID + `</saml:Issuer>`
	}
	wrap := func(name, why string, tampers ...edit) Logout {
		return Logout{Name: "logout: " + name, Why: why, Code: sso.SLOSignature, POST: true, tampers: tampers}
	}
	return []Logout{
		wrap("wrapped in Extensions", "XSW", func(b Base, text string) (string, error) {
			return head(b) + `<samlp:Extensions>` + text + `</samlp:Extensions>` + rest, nil
		}),
		wrap("wrapped, the signature moved out", "XSW", func(b Base, text string) (string, error) {
			signature, err := part(text, "<ds:Signature", "</ds:Signature>")
			return head(b) + signature + `<samlp:Extensions>` + strings.Replace(text, signature, "", 1) + `</samlp:Extensions>` + rest, err
		}),
		wrap("wrapped in the signature's Object", "XSW", func(b Base, text string) (string, error) {
			signature, err := part(text, "<ds:Signature", "</ds:Signature>")
			inside := strings.Replace(text, signature, "", 1)
			return head(b) + strings.Replace(signature, "</ds:Signature>", "<ds:Object>"+inside+"</ds:Object></ds:Signature>", 1) + rest, err
		}),
		wrap("another name, signed or not", "the content is what was signed", swap(">"+Ada, ">bob@example.test")),
		wrap("one more session, signed or not", "the content is what was signed", after(indexed, "<samlp:SessionIndex>_x</samlp:SessionIndex>")),
		wrap("a second signature", "which one counts?", func(_ Base, text string) (string, error) {
			signature, err := part(text, "<ds:Signature", "</ds:Signature>")
			return strings.Replace(text, signature, signature+signature, 1), err
		}),
		{Name: "logout: signed with SHA-1", Why: "collisions", Code: sso.SLOSignature, POST: true, signing: samltest.Signing{Method: "sha1", Digest: "sha1"}},
		{Name: "logout: a stranger's key in KeyInfo", Why: "KeyInfo is never a source of trust", Code: sso.SLOSignature, POST: true, key: stranger},
	}
}

// encryptedNames are requests about an EncryptedID.
func encryptedNames() []Logout {
	var list []Logout
	add := func(code sso.Code, name, why string, edits ...edit) {
		list = append(list, both(Logout{Name: "logout: " + name, Why: why, Code: code, edits: edits})...)
	}
	sealed := func(inside func(name string) string, key func(Base) *rsa.PublicKey) edit {
		return func(b Base, text string) (string, error) {
			name, err := part(text, nameStart, nameEnd)
			if err != nil {
				return "", err
			}
			out, err := samltest.Encrypt([]byte(inside(name)), samltest.Encryption{For: []*rsa.PublicKey{key(b)}})
			return strings.Replace(text, name, strings.ReplaceAll(out, "EncryptedAssertion", "EncryptedID"), 1), err
		}
	}
	same := func(name string) string { return name }
	ours := func(b Base) *rsa.PublicKey { return b.Encrypt }
	add("", "an encrypted name", "an EncryptedID holds a NameID (SAML Core 2.2.4)", sealed(same, ours))
	add(sso.SLONameID, "a name encrypted for somebody else", "nobody here can read it", sealed(same, func(b Base) *rsa.PublicKey {
		return b.Stranger.Certificate.PublicKey.(*rsa.PublicKey)
	}))
	add(sso.SLONameID, "an encrypted name and a plain one", "which of them?", before(nameStart, nameStart+"bob@example.test"+nameEnd), sealed(same, ours))
	add(sso.SLONameID, "an encrypted element of another kind", "not a name", sealed(func(name string) string {
		return strings.ReplaceAll(name, "saml:NameID", "saml:Issuer")
	}, ours))
	add(sso.SLONameID, "an encrypted name with an element in it", "readers take different texts", sealed(func(name string) string {
		return strings.Replace(name, Ada, "ada<saml:x/>@example.test", 1)
	}, ours))
	add(sso.SLONameID, "encrypted text that is no XML", "not a name", sealed(func(string) string { return "junk" }, ours))
	add(sso.SLONameID, "a name in the clear in an EncryptedID", "nothing to open", exchange(nameStart, nameEnd, "<saml:EncryptedID>"+Ada+"</saml:EncryptedID>"))
	add(sso.SLONameID, "an EncryptedID without data", "nothing to open", exchange(nameStart, nameEnd, "<saml:EncryptedID/>"))
	return list
}

// malformedRequests have a form that no LogoutRequest has.
func malformedRequests() []Logout {
	var list []Logout
	add := func(name, why string, edits ...edit) {
		list = append(list, both(Logout{Name: "logout: " + name, Why: why, Code: sso.SLOMalformed, edits: edits})...)
	}
	add("another version", "SAML 1.1 has no logout", swap(`Version="2.0"`, `Version="1.1"`))
	add("comment in the name", "truncates the name elsewhere", swap(">"+Ada, ">ada@example.test<!---->.evil.test"))
	add("another message", "an AuthnRequest asks for something else", func(_ Base, text string) (string, error) {
		return strings.ReplaceAll(text, "LogoutRequest", "AuthnRequest"), nil
	})
	add("an answer as a request", "each has its own parameter", func(_ Base, text string) (string, error) {
		return strings.ReplaceAll(text, "LogoutRequest", "LogoutResponse"), nil
	})
	add("an element of another kind", "what it means is not known", after(nameEnd, `<samlp:NameIDPolicy/>`))
	add("an empty session index", "which session?", swap(">_session<", "><"))
	add("an element in the session index", "readers take different texts", swap(">_session<", ">_ses<saml:x/>sion<"))
	add("too many session indexes", "a person has a handful of sessions", after(indexed, counted("<samlp:SessionIndex>_%d</samlp:SessionIndex>", 100)))
	add("a long session index", "more than is kept", swap(">_session<", ">"+strings.Repeat("x", 1025)+"<"))
	return list
}
