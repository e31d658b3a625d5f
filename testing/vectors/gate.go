package vectors

import (
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// gates are documents that no signed message has the form of. All are stopped before anybody asks for a signature.
func gates() []Vector {
	bad := func(name, why string, code sso.Code, tampers ...edit) Vector {
		return Vector{Name: "gate: " + name, Why: why, Code: code, tampers: tampers}
	}
	root := "<samlp:Response "
	return []Vector{
		bad("no XML", "junk", sso.XMLRoot, replaceAll("junk")),
		bad("nothing but white space", "junk", sso.XMLRoot, replaceAll("  \n")),
		bad("not closed", "cut off", sso.XMLMalformed, swap("</samlp:Response>", "")),
		bad("wrong end tag", "not well-formed", sso.XMLMalformed, swap("</saml:Subject>", "</saml:Subjekt>")),
		bad("comment in NameID", "truncates the name elsewhere (authentik CVE-2026-57580)", sso.XMLComment, swap(">"+Ada, ">ada@example.test<!---->.evil.test")),
		bad("comment in SignedInfo", "quadratic elsewhere", sso.XMLComment, after("<ds:SignedInfo>", "<!-- -->")),
		bad("comment in DigestValue", "xml-crypto CVE-2025-29775", sso.XMLComment, after("<ds:DigestValue>", "<!-- -->")),
		bad("comment before the root", "no signed message has one", sso.XMLComment, before(root, "<!-- -->")),
		bad("processing instruction", "no signed message has one", sso.XMLPI, after("<saml:Subject>", "<?x y?>")),
		bad("DOCTYPE", "ruby-saml CVE-2025-25291", sso.XMLDoctype, before(root, "<!DOCTYPE Response>")),
		bad("billion laughs", "entities in entities", sso.XMLDoctype, before(root, `<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>`)),
		bad("external entity", "XXE", sso.XMLDoctype, before(root, `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>`)),
		bad("unknown entity", "only five are known", sso.XMLMalformed, swap(">"+Ada, ">&ada;"+Ada)),
		bad("evil root first", "passport-saml GHSA-m974", sso.XMLRoot, before(root, "<evil/>")),
		bad("evil root last", "passport-saml GHSA-m974", sso.XMLRoot, after("</samlp:Response>", "<evil/>")),
		bad("text after the root", "trailing data", sso.XMLRoot, after("</samlp:Response>", "x")),
		bad("NUL", "ends strings elsewhere", sso.XMLEncoding, swap(">"+Ada, ">\x00"+Ada)),
		bad("control character by reference", "illegal in XML", sso.XMLEncoding, swap(">"+Ada, ">&#0;"+Ada)),
		bad("overlong UTF-8", "two spellings of one character", sso.XMLEncoding, swap(">"+Ada, ">\xc0\xaf"+Ada)),
		bad("byte order mark", "hides what is before the root", sso.XMLEncoding, prepend("\uFEFF")),
		bad("XML 1.1", "other rules for characters", sso.XMLEncoding, swap(`version="1.0"`, `version="1.1"`)),
		bad("another encoding", "two readings of the same bytes", sso.XMLEncoding, swap(`encoding="UTF-8"`, `encoding="UTF-7"`)),
		bad("duplicate attribute", "which one counts?", sso.XMLDupAttr, swap(` Version="2.0"`, ` Version="2.0" Version="2.0"`)),
		bad("duplicate attribute by namespace", "which one counts?", sso.XMLDupAttr, swap(root, root+`xmlns:a="urn:x" xmlns:b="urn:x" a:v="1" b:v="2" `)),
		bad("duplicate ID", "which one is signed?", sso.XMLBadID, swap(`ID="`+responseID+`"`, `ID="`+assertionID+`"`)),
		bad("qualified ID", "x:ID is taken for ID elsewhere", sso.XMLBadID, swap(root, root+`xmlns:x="urn:x" x:ID="_x" `)),
		bad("ID with a quote", "SQL into the replay store (Shibboleth CVE-2025-9943)", sso.XMLBadID, swap(`ID="`+responseID+`"`, `ID="_'; DROP TABLE x"`)),
		bad("ID with a digit first", "no NCName", sso.XMLBadID, swap(`ID="`+responseID+`"`, `ID="1x"`)),
		bad("empty ID", "no NCName", sso.XMLBadID, swap(`ID="`+responseID+`"`, `ID=""`)),
		bad("long ID", "kept in the replay store", sso.XMLBadID, swap(`ID="`+responseID+`"`, `ID="_`+strings.Repeat("x", 1024)+`"`)),
		bad("undeclared prefix", "no meaning", sso.XMLNamespace, swap("<saml:Subject>", "<saml:Subject><x:y/>")),
		bad("prefix with two meanings", "namespace confusion (Fragile Lock)", sso.XMLNamespace, swap("<saml:Subject>", `<saml:Subject xmlns:samlp="urn:x">`)),
		bad("relative namespace", "canonicalization is not defined", sso.XMLNamespace, swap("<saml:Subject>", `<saml:Subject xmlns:x="x">`)),
		bad("xml prefix bound anew", "reserved", sso.XMLNamespace, swap("<saml:Subject>", `<saml:Subject xmlns:xml="urn:x">`)),
		bad("name with two colons", "two readings of one name", sso.XMLNamespace, swap("<saml:Subject>", `<saml:Subject><saml:x:y/>`)),
		bad("33 levels", "deeper than any response", sso.XMLLimits, after("<saml:Subject>", strings.Repeat("<saml:x>", 40)+strings.Repeat("</saml:x>", 40))),
		bad("too many attributes", "more than any response", sso.XMLLimits, swap(root, root+counted(`a%d="" `, 64))),
		bad("too many namespaces", "each costs at every element", sso.XMLLimits, swap(root, root+counted(`xmlns:n%d="urn:n%[1]d" `, 129))),
	}
}
