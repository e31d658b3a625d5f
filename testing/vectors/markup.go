package vectors

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/idplug/idplug/core/sso"
)

// markups are documents in which two parsers read different things, or one reads none at all. All are stopped at the gate.
func markups() []Vector {
	return slices.Concat(interrupted(), characters(), encodings(), malformed(), namespaces(), doctypes())
}

func gated(name, why string, code sso.Code, tampers ...edit) Vector {
	return Vector{Name: "markup: " + name, Why: why, Code: code, tampers: tampers}
}

// interrupted have a comment or an instruction inside every text: many libraries then give the text before it alone.
func interrupted() []Vector {
	var list []Vector
	for _, p := range []place{
		{"<?xml", "saml:Issuer", 0},
		{aStart, "saml:Issuer", 0},
		{aStart, "saml:NameID", 0},
		{aStart, "saml:Audience", 0},
		{aStart, "saml:AuthnContextClassRef", 0},
		{aStart, "saml:AttributeValue", 0},
		{aStart, "saml:AttributeValue", 1},
		{"<?xml", "ds:DigestValue", 0},
		{"<?xml", "ds:SignatureValue", 0},
		{"<?xml", "ds:X509Certificate", 0},
	} {
		middle := func(what string) edit {
			return p.setText(func(s string) string { return s[:len(s)/2] + what + s[len(s)/2:] })
		}
		list = append(list,
			gated("comment inside "+p.element+strconv.Itoa(p.n)+p.region, "truncates it elsewhere (authentik CVE-2026-57580)", sso.XMLComment, middle("<!---->")),
			gated("instruction inside "+p.element+strconv.Itoa(p.n)+p.region, "truncates it elsewhere", sso.XMLPI, middle("<?x?>")),
			gated("comment before "+p.element+strconv.Itoa(p.n)+p.region, "is left out of what is signed", sso.XMLComment, p.change(func(e string) string { return "<!-- x -->" + e })),
		)
	}
	for _, element := range []string{"ds:SignedInfo", "ds:Reference", "ds:Transforms", "ds:KeyInfo", "saml:Subject", "saml:Conditions", "samlp:Status", "saml:Assertion"} {
		list = append(list, gated("comment in "+element, "is left out of what is signed", sso.XMLComment, place{"<?xml", element, 0}.setText(func(s string) string { return "<!--x-->" + s })))
	}
	return list
}

// characters are none of XML's, or bytes that are no characters.
func characters() []Vector {
	var list []Vector
	name, attribute := place{aStart, "saml:NameID", 0}, place{aStart, "saml:Attribute", 1}
	for _, c := range []string{
		"\x00", "\x01", "\x08", "\x0b", "\x0c", "\x0e", "\x1f", "\ufffe", "\uffff", "\xff", "\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe2\x82", "\xed\xa0\x80",
		"\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
	} {
		list = append(list,
			gated(fmt.Sprintf("bytes %x in a text", c), "ends it or is left out elsewhere", sso.XMLEncoding, name.setText(func(s string) string { return s + c })),
			gated(fmt.Sprintf("bytes %x in an attribute", c), "ends it or is left out elsewhere", sso.XMLEncoding, attribute.set("Name", func(s string) string { return s + c })),
		)
	}
	for _, r := range []string{"&#0;", "&#1;", "&#8;", "&#xB;", "&#x1F;", "&#xD800;", "&#xDFFF;", "&#xFFFE;", "&#xFFFF;", "&#x110000;"} {
		list = append(list,
			gated("reference "+r+" in a text", "no character of XML", sso.XMLEncoding, name.setText(func(s string) string { return s + r })),
			gated("reference "+r+" in an attribute", "no character of XML", sso.XMLEncoding, attribute.set("Name", func(s string) string { return s + r })),
		)
	}
	for _, r := range []string{"&", "&;", "&#;", "&#x;", "&#xG;", "&#-1;", "&#1 ;", "&lt", "&LT;", "&nbsp;", "&ada;", "&#99999999999999999999;", "&#18446744073709551681;", "&#4294967361;", "&#x100000041;", "&#x41"} {
		list = append(list,
			gated("reference "+r+" in a text", "read or left out, as parsers please", sso.XMLMalformed, name.setText(func(s string) string { return s + r })),
			gated("reference "+r+" in an attribute", "read or left out, as parsers please", sso.XMLMalformed, attribute.set("Name", func(s string) string { return s + r })),
		)
	}
	return list
}

// encodings are of documents that are not UTF-8, or say so.
func encodings() []Vector {
	wide := func(order binary.AppendByteOrder, mark bool, unit int) edit {
		return func(_ Base, text string) (string, error) {
			var out []byte
			put := func(c uint16) {
				if unit == 4 {
					out = order.AppendUint32(out, uint32(c))
				} else {
					out = order.AppendUint16(out, c)
				}
			}
			if mark {
				put(0xFEFF)
			}
			for _, c := range utf16.Encode([]rune(strings.Replace(text, "UTF-8", "UTF-16", 1))) {
				put(c)
			}
			return string(out), nil
		}
	}
	var list []Vector
	for _, n := range []string{"UTF-7", "UTF-16", "UTF-16LE", "UTF-32", "ISO-8859-1", "ISO-8859-15", "windows-1252", "Shift_JIS", "EBCDIC-CP-US", "UTF8", "x"} {
		list = append(list, gated("encoding "+n, "two readings of the same bytes", sso.XMLEncoding, swap(`encoding="UTF-8"`, `encoding="`+n+`"`)))
	}
	for name, e := range map[string]edit{
		"UTF-16 with mark": wide(binary.BigEndian, true, 2), "UTF-16LE with mark": wide(binary.LittleEndian, true, 2), "UTF-16 without mark": wide(binary.BigEndian, false, 2),
		"UTF-16LE without mark": wide(binary.LittleEndian, false, 2), "UTF-32 with mark": wide(binary.BigEndian, true, 4), "UTF-32LE with mark": wide(binary.LittleEndian, true, 4),
	} {
		list = append(list, gated(name, "no signed message has it", sso.XMLEncoding, e))
	}
	for name, declaration := range map[string]string{
		"version 1.1": `version="1.1"`, "version 2.0": `version="2.0"`, "no version": `encoding="UTF-8"`, "empty encoding": `version="1.0" encoding=""`, "empty version": `version=""`,
		"encoding first": `encoding="UTF-8" version="1.0"`, "standalone maybe": `version="1.0" standalone="maybe"`, "unknown part": `version="1.0" x="y"`,
		"no value": `version=`, "two versions": `version="1.0" version="1.0"`, "no quotes": `version=1.0`,
	} {
		code := sso.XMLMalformed
		if strings.HasPrefix(name, "version") {
			code = sso.XMLEncoding
		}
		list = append(list, gated("declaration: "+name, "other rules, or none", code, exchange("<?xml ", "?>", "<?xml "+declaration+"?>")))
	}
	return sorted(list)
}

// malformed are no XML, though lenient parsers make something of them.
func malformed() []Vector {
	const subject = "<saml:Subject>"
	var list []Vector
	list = append(list,
		gated("an attribute's name and no more", "cut off", sso.XMLMalformed, replaceAll("<a b")),
		gated("an attribute's equals sign and no more", "cut off", sso.XMLMalformed, replaceAll("<a b=")),
		gated("an attribute's quote and no more", "cut off", sso.XMLMalformed, replaceAll(`<a b="`)),
		gated("an element's name and no more", "cut off", sso.XMLMalformed, replaceAll("<a")),
		gated("less-than and no more", "cut off", sso.XMLMalformed, replaceAll("<")),
		gated("an end tag and no more", "cut off", sso.XMLMalformed, replaceAll("</")),
	)
	for _, m := range []struct {
		name, old, fresh string
		code             sso.Code
	}{
		{"text before the root", "<samlp:Response ", "x<samlp:Response ", sso.XMLRoot},
		{"white space before the declaration", "<?xml ", " <?xml ", sso.XMLPI},
		{"two declarations", "<?xml ", `<?xml version="1.0"?><?xml `, sso.XMLPI},
		{"declaration in capitals", "<?xml ", "<?XML ", sso.XMLPI},
		{"CDATA before the root", "<samlp:Response ", "<![CDATA[x]]><samlp:Response ", sso.XMLRoot},
		{"CDATA not closed", subject, subject + "<![CDATA[", sso.XMLMalformed},
		{"CDATA in small letters", subject, subject + "<![cdata[x]]>", sso.XMLMalformed},
		{"end of CDATA in a text", ">" + Ada, ">]]>" + Ada, sso.XMLMalformed},
		{"element declaration", subject, subject + "<!ELEMENT x ANY>", sso.XMLMalformed},
		{"conditional section", subject, subject + "<![INCLUDE[x]]>", sso.XMLMalformed},
		{"attribute without quotes", ` Version="2.0"`, ` Version=2.0`, sso.XMLMalformed},
		{"attribute between letters", "<samlp:Status>", "<samlp:Status x=ayya>", sso.XMLMalformed},
		{"attribute without value", ` Version="2.0"`, ` Version`, sso.XMLMalformed},
		{"attribute without equals sign", ` Version="2.0"`, ` Version"2.0"`, sso.XMLMalformed},
		{"attribute not closed", ` Version="2.0"`, ` Version="2.0`, sso.XMLMalformed},
		{"attributes without blank between", `" Version="2.0"`, `"Version="2.0"`, sso.XMLMalformed},
		{"quotes of two kinds", ` Version="2.0"`, ` Version="2.0'`, sso.XMLMalformed},
		{"less-than in an attribute", ` Version="2.0"`, ` Version="<2.0"`, sso.XMLMalformed},
		{"blank in a start tag's name", subject, "< saml:Subject>", sso.XMLMalformed},
		{"blank in an end tag's name", "</saml:Subject>", "</ saml:Subject>", sso.XMLMalformed},
		{"attribute in an end tag", "</saml:Subject>", `</saml:Subject x="y">`, sso.XMLMalformed},
		{"end tag in capitals", "</saml:Subject>", "</SAML:Subject>", sso.XMLMalformed},
		{"end tag too many", "</saml:Subject>", "</saml:Subject></saml:Subject>", sso.XMLMalformed},
		{"slash in a tag", subject, "<saml:Subject/ >", sso.XMLMalformed},
		{"less-than in a text", ">" + Ada, "><" + Ada, sso.XMLMalformed},
		{"name that begins with a digit", subject, subject + "<1/>", sso.XMLMalformed},
		{"name that begins with a dot", subject, subject + "<.x/>", sso.XMLMalformed},
		{"name of no character", subject, subject + "<×/>", sso.XMLMalformed},
		{"no element", subject, subject + "<>", sso.XMLMalformed},
		{"end tag of nothing", subject, subject + "</>", sso.XMLMalformed},
		{"elements across each other", "</saml:SubjectConfirmation></saml:Subject>", "</saml:Subject></saml:SubjectConfirmation>", sso.XMLMalformed},
		{"comment not closed", subject, subject + "<!--", sso.XMLComment},
		{"instruction not closed", subject, subject + "<?x", sso.XMLPI},
		{"cut off in a tag", "</samlp:Response>", "</samlp:Respon", sso.XMLMalformed},
		{"NUL behind the root", "</samlp:Response>", "</samlp:Response>\x00", sso.XMLEncoding},
		{"end tag behind the root", "</samlp:Response>", "</samlp:Response></x>", sso.XMLMalformed},
		{"CDATA behind the root", "</samlp:Response>", "</samlp:Response><![CDATA[]]>", sso.XMLRoot},
		{"reference behind the root", "</samlp:Response>", "</samlp:Response>&#32;", sso.XMLRoot},
		{"empty reference behind the root", "</samlp:Response>", "</samlp:Response>&x;", sso.XMLMalformed},
	} {
		list = append(list, gated(m.name, "lenient parsers repair it", m.code, swap(m.old, m.fresh)))
	}
	return list
}

// namespaces give a name two meanings, or none.
func namespaces() []Vector {
	const subject = "<saml:Subject>"
	var list []Vector
	declared := func(name, why, declaration string, code sso.Code) {
		list = append(list, gated("namespace: "+name, why, code, swap(subject, "<saml:Subject "+declaration+">")))
	}
	declared("xmlns declared", "reserved", `xmlns:xmlns="urn:x"`, sso.XMLNamespace)
	declared("xmlns URI under a prefix", "reserved", `xmlns:x="http://www.w3.org/2000/xmlns/"`, sso.XMLNamespace)
	declared("xmlns URI as the default", "reserved", `xmlns="http://www.w3.org/2000/xmlns/"`, sso.XMLNamespace)
	declared("xml URI under a prefix", "reserved", `xmlns:x="http://www.w3.org/XML/1998/namespace"`, sso.XMLNamespace)
	declared("xml URI as the default", "reserved", `xmlns="http://www.w3.org/XML/1998/namespace"`, sso.XMLNamespace)
	declared("prefix taken back", "Namespaces 1.1", `xmlns:x=""`, sso.XMLNamespace)
	declared("saml taken back", "Namespaces 1.1", `xmlns:saml=""`, sso.XMLNamespace)
	declared("declared twice", "which one counts?", `xmlns:x="urn:x" xmlns:x="urn:y"`, sso.XMLDupAttr)
	declared("declared twice alike", "which one counts?", `xmlns:x="urn:x" xmlns:x="urn:x"`, sso.XMLDupAttr)
	declared("relative", "canonicalization is not defined", `xmlns:x="x/y"`, sso.XMLNamespace)
	declared("relative with dots", "canonicalization is not defined", `xmlns:x="../x"`, sso.XMLNamespace)
	declared("fragment", "canonicalization is not defined", `xmlns:x="#x"`, sso.XMLNamespace)
	declared("colon first", "no scheme", `xmlns:x=":x"`, sso.XMLNamespace)
	declared("colon last", "nothing behind the scheme", `xmlns:x="x:"`, sso.XMLNamespace)
	declared("greater-than", "no character of a URI", `xmlns:x="urn:x>"`, sso.XMLNamespace)
	declared("less-than", "no character of a URI", `xmlns:x="urn:x&lt;"`, sso.XMLNamespace)
	declared("ampersand alone", "two readings", `xmlns:x="urn:&amp;"`, sso.XMLNamespace)
	declared("quotation mark", "no character of a URI", `xmlns:x='urn:"x'`, sso.XMLNamespace)
	declared("blank inside", "no character of a URI", `xmlns:x="urn:x y"`, sso.XMLNamespace)
	declared("blank", "canonicalization is not defined", `xmlns:x=" "`, sso.XMLNamespace)
	declared("prefix that begins with a digit", "no name", `xmlns:1="urn:x"`, sso.XMLMalformed)
	declared("prefix with a colon", "two readings", `xmlns:x:y="urn:x"`, sso.XMLNamespace)
	declared("no prefix behind the colon", "two readings", `xmlns:="urn:x"`, sso.XMLNamespace)
	declared("saml with another meaning", "namespace confusion (Fragile Lock)", `xmlns:saml="urn:x"`, sso.XMLNamespace)
	declared("samlp with another meaning", "namespace confusion (Fragile Lock)", `xmlns:samlp="urn:x"`, sso.XMLNamespace)
	declared("ds with another meaning", "namespace confusion (Fragile Lock)", `xmlns:ds="urn:x"`, sso.XMLNamespace)
	declared("one prefix, two meanings one inside the other", "namespace confusion", `xmlns:x="urn:x"><saml:y xmlns:x="urn:y"/><saml:z x="y"`, sso.XMLNamespace)
	declared("attribute with an undeclared prefix", "no meaning", `x:y="z"`, sso.XMLNamespace)
	declared("the same attribute under two prefixes", "which one counts?", `xmlns:a="urn:x" xmlns:b="urn:x" a:Name="x" b:Name="y"`, sso.XMLDupAttr)
	declared("xsi:type twice", "which one counts?", `xmlns:a="http://www.w3.org/2001/XMLSchema-instance" xmlns:b="http://www.w3.org/2001/XMLSchema-instance" a:type="x" b:type="y"`, sso.XMLDupAttr)
	for _, name := range []string{":x", "x:", ":", "a::b", "a:b:c", "xml:", "xmlns:x:"} {
		list = append(list, gated("namespace: element "+name, "colons that parsers read differently", sso.XMLNamespace, after(subject, "<"+name+"/>")))
	}
	for attribute, code := range map[string]sso.Code{"ID": sso.XMLBadID, "Id": sso.SigDigest, "id": sso.SigDigest} {
		list = append(list, gated("namespace: x:"+attribute+" on the assertion", "taken for ID elsewhere", code, swap(aStart, aStart+`xmlns:x="urn:x" x:`+attribute+`="_x" `)))
	}
	return sorted(list)
}

// doctypes bring entities, attributes nobody wrote, and wishes to fetch.
func doctypes() []Vector {
	var list []Vector
	for _, d := range []struct{ name, text string }{
		{"with PUBLIC", `<!DOCTYPE r PUBLIC "-//x//y" "http://169.254.169.254/x.dtd">`},
		{"with SYSTEM", `<!DOCTYPE r SYSTEM "http://169.254.169.254/x.dtd">`},
		{"with parameter entity", `<!DOCTYPE r [<!ENTITY % x SYSTEM "http://169.254.169.254/"> %x;]>`},
		{"with file entity", `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>`},
		{"with attribute by default", `<!DOCTYPE r [<!ATTLIST saml:Assertion Version CDATA #FIXED "2.0">]>`},
		{"that names another attribute ID", `<!DOCTYPE r [<!ATTLIST saml:Assertion x ID #IMPLIED>]>`},
		{"with notation", `<!DOCTYPE r [<!NOTATION n SYSTEM "x">]>`},
		{"not closed", `<!DOCTYPE r [`},
		{"nothing", `<!DOCTYPE>`},
	} {
		list = append(list, gated("DOCTYPE "+d.name, "entities, defaults, fetches", sso.XMLDoctype, before("<samlp:Response ", d.text)))
	}
	return append(list,
		gated("DOCTYPE inside", "anywhere", sso.XMLDoctype, after("<saml:Subject>", "<!DOCTYPE r>")),
		gated("DOCTYPE behind", "anywhere", sso.XMLDoctype, after("</samlp:Response>", "<!DOCTYPE r>")),
		gated("DOCTYPE in small letters", "no markup", sso.XMLMalformed, before("<samlp:Response ", "<!doctype r>")),
	)
}
