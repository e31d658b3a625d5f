package vectors

import (
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// bombs are made to cost: each fits into what a form may hold, needs no key, and must be refused in next to no time.
func bombs() []Vector {
	bad := func(name, why string, code sso.Code, tampers ...edit) Vector {
		return Vector{Name: "bomb: " + name, Why: why, Code: code, tampers: tampers}
	}
	many := func(piece string) string { return strings.Repeat(piece, 490<<10/len(piece)) }
	root := "<samlp:Response "
	return []Vector{
		bad("comments in SignedInfo", "48 s of CPU in goxmldsig 1.6.1", sso.XMLComment, after("<ds:SignedInfo>", many("<!---->"))),
		bad("namespaces", "8 s of CPU in goxmldsig 1.6.1", sso.XMLLimits, swap(root, root+counted(`xmlns:p%d="urn:%[1]d" `, 15_000))),
		bad("elements", "1.5 s of CPU in crewjam/saml 0.5.1", sso.XMLLimits, after("<samlp:Status>", many("<b/>"))),
		bad("elements where content goes", "counted, not read", sso.XMLLimits, after("<saml:Subject>", many("<saml:b/>"))),
		bad("depth", "stack overflow in etree below 1.7.0", sso.XMLLimits, replaceAll(many("<b>"))),
		bad("attributes", "each is compared with each elsewhere", sso.XMLLimits, swap(root, root+counted(`a%d="" `, 40_000))),
		bad("1,000 elements in Signature", "nil dereference with goxmldsig 1.6.1", sso.SigStructure, after("<ds:KeyInfo>", strings.Repeat("<x/>", 1_100))),
		bad("1,000 elements and a bad signature", "nil dereference with goxmldsig 1.6.1", sso.SigDigest, after("<saml:AttributeStatement>", strings.Repeat("<saml:x/>", 1_100))),
		bad("names", "one long name", sso.XMLLimits, replaceAll("<"+many("r")+"/>")),
		bad("text", "half a megabyte in one value", sso.SigDigest, after("<saml:Issuer>", ""+"x"), swap("<saml:Issuer>x", "<saml:Issuer>"), after(">staff", many("x"))),
		bad("grown canonical form", "a short name for a long namespace", sso.SigC14N, swap("<saml:AttributeStatement>",
			`<saml:AttributeStatement xmlns:q="urn:`+strings.Repeat("u", 200)+`">`+strings.Repeat("<q:b/>", 10_000))),
	}
}
