package vectors

import (
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
)

// envelopes are sound assertions in a Response that is not for us, or not a Response.
func envelopes() []Vector {
	bad := func(name, why string, code sso.Code, fields func(*devidp.Response)) Vector {
		return Vector{Name: "envelope: " + name, Why: why, Code: code, fields: fields}
	}
	text := func(name, why string, code sso.Code, edits ...edit) Vector {
		return Vector{Name: "envelope: " + name, Why: why, Code: code, edits: edits}
	}
	failed := func(status string) Vector {
		return bad(status, "the provider refused", sso.IDPStatus, func(r *devidp.Response) {
			r.Status = devidp.Status{Code: devidp.StatusResponder, SubCode: statusURN + status}
		})
	}
	const hour, year = time.Hour, 365 * 24 * time.Hour
	return []Vector{
		text("another root", "a LogoutResponse", sso.ProtoStructure, swap("<samlp:Response ", "<samlp:LogoutResponse "), swap("</samlp:Response>", "</samlp:LogoutResponse>")),
		text("foreign namespace", "looks like a Response", sso.ProtoStructure, swap(`xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"`, `xmlns:samlp="urn:x"`)),
		text("foreign element", "nobody knows what it means", sso.ProtoStructure, before("<samlp:Status>", `<x:y xmlns:x="urn:x"/>`)),
		text("no ID", "cannot be referred to", sso.ProtoStructure, swap(` ID="`+responseID+`"`, "")),
		bad("no version", "required", sso.ProtoVersion, func(r *devidp.Response) { r.Version = "" }),
		bad("version 1.1", "another protocol", sso.ProtoVersion, func(r *devidp.Response) { r.Version = "1.1" }),
		bad("no time", "required", sso.ProtoTime, func(r *devidp.Response) { r.IssueInstant = time.Time{} }),
		bad("ten years ahead", "not issued yet", sso.ProtoTime, func(r *devidp.Response) { r.IssueInstant = r.IssueInstant.Add(10 * year) }),
		bad("an hour old", "answers no login of ours", sso.ProtoTime, func(r *devidp.Response) { r.IssueInstant = r.IssueInstant.Add(-hour) }),
		text("time that is none", "junk", sso.ProtoTime, exchange(`IssueInstant="`, `"`, `IssueInstant="yesterday"`)),
		text("other tenant's address", "made for somebody else", sso.ProtoDestination, addressed("Destination", Base.theirACS)),
		bad("address with a slash more", "compared exactly", sso.ProtoDestination, func(r *devidp.Response) { r.Destination += "/" }),
		bad("path alone", "accepted by crewjam/saml 0.5.1", sso.ProtoDestination, func(r *devidp.Response) { r.Destination = "/saml/acme/acs" }),
		text("empty Destination", "not ours", sso.ProtoDestination, exchange(`Destination="`, `"`, `Destination=""`)),
		{Name: "envelope: signed without Destination", Why: "SAML Bindings 3.5.5.2", Code: sso.ProtoDestination, shape: signedResponse, fields: func(r *devidp.Response) { r.Destination = "" }},
		{Name: "envelope: signed with x:Destination alone", Why: "x:Destination is taken for Destination elsewhere", Code: sso.ProtoDestination, shape: signedResponse, edits: []edit{
			swap(` Destination="`, ` xmlns:x="urn:x" x:Destination="`),
		}},
		{Name: "envelope: ours in x:Destination, another tenant's in Destination", Why: "the same", Code: sso.ProtoDestination, shape: signedResponse, edits: []edit{
			addressed("Destination", func(b Base) string { return b.OtherSP.ACSURL + `" xmlns:x="urn:x" x:Destination="` + b.SP.ACSURL }),
		}},
		{Name: "envelope: signed without Issuer", Why: "SAML Profiles 4.1.4.2 (E17)", Code: sso.ProtoIssuer, shape: signedResponse, fields: func(r *devidp.Response) { r.Issuer = "" }},
		bad("other Issuer", "another provider", sso.ProtoIssuer, func(r *devidp.Response) { r.Issuer += "x" }),
		bad("Issuer with white space", "compared exactly", sso.ProtoIssuer, func(r *devidp.Response) { r.Issuer += "\n" }),
		bad("Issuer with a format", "not an entity", sso.ProtoIssuer, func(r *devidp.Response) { r.IssuerFormat = devidp.FormatEmailAddress }),
		text("two Issuers", "last wins elsewhere", sso.ProtoIssuer, double("<saml:Issuer>", "</saml:Issuer>")),
		text("element in Issuer", "text around it is joined elsewhere", sso.ProtoIssuer, after("<saml:Issuer>", "<saml:x/>")),
		text("empty Issuer", "nobody", sso.ProtoIssuer, exchange("<saml:Issuer>", "</saml:Issuer>", "<saml:Issuer></saml:Issuer>")),
		bad("no Status", "not a success", sso.IDPStatus, func(r *devidp.Response) { r.Status.Code = "" }),
		text("two Status", "which one counts?", sso.IDPStatus, double("<samlp:Status>", "</samlp:Status>")),
		text("success below a failure", "nested code", sso.IDPStatus, swap(`<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>`,
			`<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:StatusCode>`)),
		failed("AuthnFailed"), failed("NoPassive"), failed("RequestDenied"),
		{Name: "envelope: refused without an assertion", Why: "the usual form of a refusal", Code: sso.IDPStatus, shape: signedResponse, fields: func(r *devidp.Response) {
			r.Status, r.Assertions = devidp.Status{Code: devidp.StatusRequester, SubCode: "urn:x:<script>"}, nil
		}},
		{Name: "envelope: no assertion", Why: "nothing to read", Code: sso.ProtoAssertionCount, shape: signedResponse, edits: []edit{drop(aStart, aEnd)}},
		{Name: "envelope: assertion of a foreign namespace", Why: "looks like one", Code: sso.ProtoAssertionCount, shape: signedResponse, edits: []edit{
			exchange(aStart, aEnd, `<x:Assertion xmlns:x="urn:x"/>`),
		}},
		{Name: "envelope: two signed assertions", Why: "alice and bob", Code: sso.ProtoAssertionCount, shape: signedResponse, fields: func(r *devidp.Response) {
			second := *r.Assertions[0]
			second.ID = "_second"
			r.Assertions = append(r.Assertions, &second)
		}},
	}
}
