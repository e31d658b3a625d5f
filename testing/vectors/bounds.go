package vectors

import (
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/samltest"
)

// What a message may be at most, as host/saml has it. One more is refused, this much is not.
const (
	maxDocument = 512 << 10
	maxEncoded  = (maxDocument+2)/3*4*66/64 + 2 // with a line break of two bytes after every 64 characters
	maxQuery    = 16 << 10
	maxPrefixes = 32
	maxKeys     = 4
	maxDepth    = 32
	maxElements = 16 << 10
	maxAttrs    = 32
)

// fill lengthens a document by white space behind its root.
func fill(size int) edit {
	return func(_ Base, text string) (string, error) {
		if len(text) > size {
			return "", fmt.Errorf("%d bytes are more than %d", len(text), size)
		}
		return text + strings.Repeat(" ", size-len(text)), nil
	}
}

// bounds are the greatest that is accepted, and one more.
func bounds() []Vector {
	var list []Vector
	add := func(name string, code sso.Code, v Vector) {
		v.Name, v.Why, v.Code = "bound: "+name, "neither less nor more", code
		list = append(list, v)
	}
	encoded := func(size int) Vector { // in lines of 64 characters
		return Vector{tampers: []edit{fill(maxDocument)}, form: func(s string) string {
			var out strings.Builder
			for line := range slices.Chunk([]byte(s), 64) {
				out.WriteString(string(line) + "\r\n")
			}
			return out.String() + strings.Repeat("\n", size-out.Len())
		}}
	}
	index := func(size int) Vector {
		return Vector{fields: func(r *devidp.Response) { r.Assertions[0].Authn.SessionIndex = strings.Repeat("x", size) }}
	}
	prefixes := func(n int) Vector {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf("p%d", i)
		}
		return Vector{signing: samltest.Signing{FormList: strings.Join(list, " ")}}
	}
	keys := func(n int) Vector {
		return Vector{sealed: true, crypt: func(b Base, e *samltest.Encryption) {
			e.For = append(make([]*rsa.PublicKey, 0, n), b.Encrypt)
			for len(e.For) < n {
				e.For = append(e.For, strangerPublic(b))
			}
		}}
	}
	value := func(b64 string) Vector {
		return Vector{tampers: []edit{exchange("<ds:SignatureValue>", "</", "<ds:SignatureValue>"+b64+"</")}}
	}
	add("a document of 512 KiB", "", Vector{tampers: []edit{fill(maxDocument)}})
	add("a document of one byte more", sso.ACSTooLarge, Vector{tampers: []edit{fill(maxDocument + 1)}})
	add("a form value as long as may be", "", encoded(maxEncoded))
	add("a form value of one character more", sso.ACSTooLarge, encoded(maxEncoded+1))
	add("a session index of 1,024 bytes", "", index(sso.MaxNameID))
	add("a session index of one byte more", sso.ProtoAuthn, index(sso.MaxNameID+1))
	add("a time with all that a time may have", "", Vector{edits: []edit{func(b Base, text string) (string, error) {
		return exchange(` IssueInstant="`, `"`, ` IssueInstant="`+b.Now.UTC().Format("2006-01-02T15:04:05.000000000-07:00")+`"`)(b, text)
	}}})
	add("32 prefixes", "", prefixes(maxPrefixes))
	add("33 prefixes", sso.SigTransform, prefixes(maxPrefixes+1))
	add("four encrypted keys", "", keys(maxKeys))
	add("32 levels", "", levels(maxDepth))
	add("33 levels", sso.XMLLimits, levels(maxDepth+1))
	add("32 attributes", "", advised(`<x:y `+counted(`a%d="" `, maxAttrs)+`/>`))
	add("33 attributes", sso.XMLLimits, Vector{tampers: advised(`<x:y ` + counted(`a%d="" `, maxAttrs+1) + `/>`).edits}) // nobody signs it here, either
	add("16,384 elements", "", elements(maxElements))
	add("16,385 elements", sso.XMLLimits, elements(maxElements+1))
	add("a signature of 1,024 bytes", sso.SigUntrustedKey, value(strings.Repeat("QUJD", 341)+"QQ=="))
	add("a signature of one byte more", sso.SigMalformed, value(strings.Repeat("QUJD", 341)+"QUI="))
	return list
}

const advice = `<saml:Advice xmlns:x="urn:x">`

// advised puts something where any element of another namespace may stand, and nobody reads it.
func advised(what string) Vector {
	return Vector{edits: []edit{before("<saml:AuthnStatement ", advice+what+"</saml:Advice>")}}
}

// levels opens so many elements in one another.
func levels(n int) Vector {
	const above = 3 // Response, Assertion, Advice
	return advised(strings.Repeat("<x:y>", n-above) + strings.Repeat("</x:y>", n-above))
}

// elements fills a document up to a number of them, its signature's included.
func elements(n int) Vector {
	const signature = 14
	return Vector{edits: []edit{func(b Base, text string) (string, error) {
		there := strings.Count(text, "<") - strings.Count(text, "</") - strings.Count(text, "<?") + signature
		return before("<saml:AuthnStatement ", advice+strings.Repeat("<x:y/>", n-there-1)+"</saml:Advice>")(b, text)
	}}}
}

// logoutBounds are the same of logout messages.
func logoutBounds() []Logout {
	var list []Logout
	add := func(name string, code sso.Code, l Logout) {
		l.Name, l.Why, l.Code = "bound: "+name, "neither less nor more", code
		list = append(list, l)
	}
	address := func(size int) Logout {
		return Logout{query: []edit{func(_ Base, query string) (string, error) {
			return query + "&x=" + strings.Repeat("x", size-len(query)-len("&x=")), nil
		}}}
	}
	index := func(size int) Logout {
		return Logout{edits: []edit{after(indexed, "<samlp:SessionIndex>"+strings.Repeat("x", size)+"</samlp:SessionIndex>")}}
	}
	add("an address of 16 KiB", "", address(maxQuery))
	add("an address of one byte more", sso.SLOMalformed, address(maxQuery+1))
	add("a packed message of 512 KiB", "", Logout{edits: []edit{fill(maxDocument)}})
	add("a packed message of one byte more", sso.SLOMalformed, Logout{edits: []edit{fill(maxDocument + 1)}})
	add("a session index of 1,024 bytes, by redirect", "", index(sso.MaxNameID))
	add("a session index of one byte more, by redirect", sso.SLOMalformed, index(sso.MaxNameID+1))
	add("100 session indexes, by redirect", "", Logout{edits: []edit{after(indexed, counted("<samlp:SessionIndex>_%d</samlp:SessionIndex>", 99))}})
	return list
}
