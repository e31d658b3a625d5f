package hygiene

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"html"
	"io"
	"regexp"
	"strings"
)

var (
	named  = regexp.MustCompile(`<(?:[\w.-]+:)?(?:NameID|AttributeValue)\b[^>]*>([^<]+)</`)
	sealed = regexp.MustCompile(`<(?:[\w.-]+:)?(?:SignatureValue|CipherValue)\b[^>]*>([^<]+)</`)
)

// mostInflated bounds what a deflated message may become here.
const mostInflated = 1 << 20

// same is how many bytes of base64 messages have in common at their beginning, about.
const same = 512

// Message registers a SAML message as a form or a query carries it: pieces of its base64, its signatures and ciphertexts, and who it names. It need not
// be well-formed.
func (r *Register) Message(encoded string) {
	encoded = strings.Join(strings.Fields(encoded), "")
	// What messages begin with is the same in many, and some of it may be said: how a namespace looks in base64 is no secret.
	if len(encoded) > same+long {
		r.Add(Secret, "a SAML message", encoded[same:])
	}
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return
	}
	if inflated, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(text)), mostInflated)); err == nil {
		text = inflated
	}
	for _, m := range named.FindAllSubmatch(text, -1) {
		r.person(html.UnescapeString(string(m[1])))
	}
	for _, m := range sealed.FindAllSubmatch(text, -1) {
		r.Add(Secret, "a signature", strings.Join(strings.Fields(string(m[1])), ""))
	}
}

// person registers what tells who somebody is. A group or a role, "administrators", tells nothing and is in many texts.
func (r *Register) person(text string) {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "@") || len(text) >= 16 && !strings.Contains(text, ":") {
		r.Add(Person, "a name or an address", text)
	}
}
