package vectors

import (
	"strings"
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
)

// subjects name nobody, or somebody in a way that others read otherwise, or are not confirmed for us.
func subjects() []Vector {
	named := func(name, why string, edits ...edit) Vector {
		return Vector{Name: "subject: " + name, Why: why, Code: sso.ProtoNameID, edits: edits}
	}
	value := func(name, why, value string) Vector {
		return Vector{Name: "subject: " + name, Why: why, Code: sso.ProtoNameID, fields: func(r *devidp.Response) { r.Assertions[0].NameID.Value = value }}
	}
	confirmed := func(name, why string, code sso.Code, change func(*devidp.Confirmation)) Vector {
		return Vector{Name: "confirmation: " + name, Why: why, Code: code, fields: confirmation(change)}
	}
	const nameStart, nameEnd = "<saml:NameID ", "</saml:NameID>"
	return []Vector{
		named("no NameID", "nobody", drop(nameStart, nameEnd)),
		named("foreign NameID after the real one", "wins elsewhere (GO-2026-6909)", after(nameEnd, `<x:NameID xmlns:x="urn:x">`+intruder+`</x:NameID>`)),
		named("foreign NameID alone", "looks like one", exchange(nameStart, nameEnd, `<x:NameID xmlns:x="urn:x">`+intruder+`</x:NameID>`)),
		named("two NameIDs", "last wins elsewhere", double(nameStart, nameEnd)),
		named("element in NameID", "admin<x/>@… is admin@… elsewhere", swap(">"+Ada, ">admin<saml:x/>"+Ada)),
		named("EncryptedID", "nobody in the clear", exchange(nameStart, nameEnd, "<saml:EncryptedID/>")),
		named("BaseID", "of an unknown type", exchange(nameStart, nameEnd, "<saml:BaseID/>")),
		value("empty NameID", "nobody", " "),
		value("white space before the name", "looks like another", " "+Ada),
		value("line break after the name", "looks like another", Ada+"\n"),
		value("control character in the name", "two lines in a log", "ada\n@example.test"),
		value("long name", "10 KB", strings.Repeat("x", 10<<10)),
		{Name: "subject: persistent name of another provider", Why: "SAML Core 8.3.7", Code: sso.ProtoNameID, fields: func(r *devidp.Response) {
			*r.Assertions[0].NameID = devidp.NameID{Value: "x", Format: devidp.FormatPersistent, NameQualifier: "https://other.example"}
		}},
		{Name: "subject: persistent name for another service", Why: "SAML Core 8.3.7", Code: sso.ProtoNameID, fields: func(r *devidp.Response) {
			*r.Assertions[0].NameID = devidp.NameID{Value: "x", Format: devidp.FormatPersistent, SPNameQualifier: "https://other.example"}
		}},
		{Name: "confirmation: no Subject", Why: "panics in crewjam/saml 0.5.1", Code: sso.ProtoConfirmation, edits: []edit{drop("<saml:Subject>", "</saml:Subject>")}},
		{Name: "confirmation: two Subjects", Why: "which one counts?", Code: sso.ProtoConfirmation, edits: []edit{double("<saml:Subject>", "</saml:Subject>")}},
		{Name: "confirmation: none", Why: "accepted by crewjam/saml 0.5.1", Code: sso.ProtoConfirmation, fields: func(r *devidp.Response) { r.Assertions[0].Confirmations = nil }},
		{Name: "confirmation: no data", Why: "panics in crewjam/saml 0.5.1", Code: sso.ProtoConfirmation, edits: []edit{drop("<saml:SubjectConfirmationData ", "/>")}},
		{Name: "confirmation: data twice", Why: "which one counts?", Code: sso.ProtoConfirmation, edits: []edit{double("<saml:SubjectConfirmationData ", "/>")}},
		{Name: "confirmation: by another name", Why: "somebody else confirms", Code: sso.ProtoConfirmation, edits: []edit{before("<saml:SubjectConfirmationData ", "<saml:NameID>x</saml:NameID>")}},
		{Name: "confirmation: no time, by another method", Why: "readers differ in what they make of it", Code: sso.ProtoTime, edits: []edit{before("<saml:SubjectConfirmation ", otherMethod("NotOnOrAfter", "2026-03-04T05:11:0%7Z"))}},
		{Name: "confirmation: no time to begin, by another method", Why: "readers differ in what they make of it", Code: sso.ProtoTime, edits: []edit{before("<saml:SubjectConfirmation ", otherMethod("NotBefore", "soon"))}},
		{Name: "confirmation: two bearers, neither sound", Why: "the first is told", Code: sso.ProtoRecipient, fields: func(r *devidp.Response) {
			first, second := r.Assertions[0].Confirmations[0], r.Assertions[0].Confirmations[0]
			first.Recipient += "x"
			second.InResponseTo += "x"
			r.Assertions[0].Confirmations = []devidp.Confirmation{first, second}
		}},
		confirmed("sender-vouches", "not a browser's", sso.ProtoConfirmation, func(c *devidp.Confirmation) { c.Method = "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches" }),
		confirmed("holder-of-key", "not a browser's", sso.ProtoConfirmation, func(c *devidp.Confirmation) { c.Method = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key" }),
		confirmed("no method", "required", sso.ProtoConfirmation, func(c *devidp.Confirmation) { c.Method = "" }),
		{Name: "confirmation: empty method", Why: "required", Code: sso.ProtoConfirmation, edits: []edit{swap(`Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"`, `Method=""`)}},
		confirmed("no Recipient", "for nobody", sso.ProtoRecipient, func(c *devidp.Confirmation) { c.Recipient = "" }),
		{Name: "confirmation: other Recipient", Why: "for another tenant", Code: sso.ProtoRecipient, edits: []edit{addressed("Recipient", Base.theirACS)}},
		confirmed("Recipient in capitals", "compared exactly", sso.ProtoRecipient, func(c *devidp.Confirmation) { c.Recipient = strings.ToUpper(c.Recipient) }),
		confirmed("no InResponseTo", "answers nobody", sso.CorrRequest, func(c *devidp.Confirmation) { c.InResponseTo = "" }),
		confirmed("other InResponseTo", "answers another login than the Response", sso.CorrRequest, func(c *devidp.Confirmation) { c.InResponseTo += "x" }),
		confirmed("no end", "required", sso.ProtoTime, func(c *devidp.Confirmation) { c.NotOnOrAfter = time.Time{} }),
		confirmed("over", "too late, skew and all", sso.ProtoTime, func(c *devidp.Confirmation) { c.NotOnOrAfter = c.NotOnOrAfter.Add(-8 * time.Minute) }),
		confirmed("NotBefore", "forbidden for bearers", sso.ProtoTime, func(c *devidp.Confirmation) { c.NotBefore = c.NotOnOrAfter.Add(-time.Hour) }),
	}
}

func confirmation(change func(*devidp.Confirmation)) func(*devidp.Response) {
	return func(r *devidp.Response) { change(&r.Assertions[0].Confirmations[0]) }
}

// otherMethod is a confirmation that is not for browsers, with an attribute.
func otherMethod(name, value string) string {
	return `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"><saml:SubjectConfirmationData ` + name + `="` + value +
		`"/></saml:SubjectConfirmation>`
}
