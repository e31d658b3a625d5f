package vectors

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/samltest"
)

// Logout is one message to the single logout service. Its zero changes give a sound LogoutRequest about Ada by HTTP-Redirect.
type Logout struct {
	Name string
	Why  string
	Code sso.Code // of the refusal, "" when it must be accepted

	Answer  bool // a LogoutResponse to the logout under way
	POST    bool // by HTTP-POST
	Spares  bool // an accepted request that concerns no session of Ada's
	Partial bool // an accepted answer that says that somebody is still signed in somewhere

	source    string
	edits     []edit // of the text, before it is signed
	signing   samltest.Signing
	unsigned  bool
	enveloped bool                          // a redirect whose message is signed inside as well
	tampers   []edit                        // of the signed text, for POST
	escape    func(string) string           // how values are written in the address
	sign      func(*redirect)               // before the octets are signed
	query     []edit                        // of the signed query
	key       func(b Base) devidp.Key       // who signs; nil: the provider
	pack      func(doc string) (b64 string) // instead of deflate
}

// State is the RelayState of requests, with characters that can be written in more than one way.
const State = "state/1+2~é"

// logoutID is the ID of the message.
func (l Logout) id(changed bool) string {
	sum := sha256.Sum256(fmt.Append(nil, l.Name, l.Answer, l.POST, changed))
	return "_" + hex.EncodeToString(sum[:16])
}

// Kind names the twin: vectors of one kind have the same.
func (l Logout) Kind() string {
	kind, binding := "request", "redirect"
	if l.Answer {
		kind = "response"
	}
	if l.POST {
		binding = "post"
	}
	return kind + " by " + binding
}

// Message makes the message: the query of the address, or for POST the body of the form, likewise encoded.
func (l Logout) Message(b Base) (string, error) { return l.make(b, true) }

// Twin makes the same message without the change.
func (l Logout) Twin(b Base) (string, error) {
	return Logout{Name: l.Name, Answer: l.Answer, POST: l.POST}.make(b, false)
}

func (l Logout) make(b Base, changed bool) (string, error) {
	text, err := apply(b, l.text(b, l.id(changed)), l.edits)
	if err == nil {
		text, err = l.send(b, text, l.id(changed))
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", l.Name, err)
	}
	return text, nil
}

// send signs a text as its binding wants it, and encodes it.
func (l Logout) send(b Base, text, id string) (out string, err error) {
	if (l.POST || l.enveloped) && !l.unsigned {
		if text, err = l.envelop(b, text, id); err != nil {
			return "", err
		}
	}
	if l.POST {
		out = url.Values{l.parameter(): {base64.StdEncoding.EncodeToString([]byte(text))}, "RelayState": {l.state(b)}}.Encode()
	} else if out, err = l.redirect(b, text); err != nil {
		return "", err
	}
	return apply(b, out, l.query)
}

// envelop signs inside the message.
func (l Logout) envelop(b Base, text, id string) (string, error) {
	signing, key := l.signing, l.signer(b)
	signing.Key, signing.Cert = key.Signer, key.Certificate.Raw
	signed, err := samltest.Sign([]byte(text), id, signing)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return apply(b, string(signed), l.tampers)
}

// Raw is the document before it is signed, and the message: to be changed further.
func (l Logout) Raw(b Base) (doc, message string, err error) {
	if doc, err = apply(b, l.text(b, l.id(true)), l.edits); err == nil {
		message, err = l.Message(b)
	}
	return doc, message, err
}

// SignLogout signs a document as the provider does, and encodes it as a LogoutRequest. By POST it needs an ID.
func SignLogout(b Base, doc string, post bool) (string, error) {
	l := Logout{POST: post}
	_, rest, _ := strings.Cut(doc, ` ID="`)
	id, _, _ := strings.Cut(rest, `"`)
	return l.send(b, doc, id)
}

func (l Logout) signer(b Base) devidp.Key {
	if l.key != nil {
		return l.key(b)
	}
	return b.Key
}

func (l Logout) state(b Base) string {
	if l.Answer && b.State != "" {
		return b.State
	}
	return State
}

func (l Logout) parameter() string {
	if l.Answer {
		return "SAMLResponse"
	}
	return "SAMLRequest"
}

// text is the sound message, not yet signed.
func (l Logout) text(b Base, id string) string {
	const names = `xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"`
	head := fmt.Sprintf(`%s ID="%s" Version="2.0" IssueInstant="%s" Destination="%s"`, names, id, stamp(b.Now), b.SP.SLOURL)
	issuer := `<saml:Issuer>` + b.IDPEntityID + `</saml:Issuer>`
	if l.Answer {
		return `<samlp:LogoutResponse ` + head + ` InResponseTo="` + b.RequestID + `">` + issuer +
			`<samlp:Status><samlp:StatusCode Value="` + statusURN + `Success"/></samlp:Status></samlp:LogoutResponse>`
	}
	return `<samlp:LogoutRequest ` + head + ` NotOnOrAfter="` + stamp(b.Now.Add(5*time.Minute)) + `">` + issuer +
		`<saml:NameID Format="` + devidp.FormatEmailAddress + `">` + Ada + `</saml:NameID>` +
		`<samlp:SessionIndex>_session</samlp:SessionIndex></samlp:LogoutRequest>`
}

const statusURN = "urn:oasis:names:tc:SAML:2.0:status:"

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// redirect are the parameters of a redirect as they will stand in the address.
type redirect struct {
	message, state, alg string // without names; state and alg "" for none
	hash                crypto.Hash
	over                func(signed string) string // what the signature is over instead
}

const rsaSHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"

// redirect signs the octets of the query (SAML Bindings 3.4.4.1).
func (l Logout) redirect(b Base, text string) (string, error) {
	pack, escape := deflated, url.QueryEscape
	if l.pack != nil {
		pack = l.pack
	}
	if l.escape != nil {
		escape = l.escape
	}
	r := redirect{message: escape(pack(text)), state: escape(l.state(b)), alg: escape(rsaSHA256), hash: crypto.SHA256}
	if l.sign != nil {
		l.sign(&r)
	}
	query := l.parameter() + "=" + r.message
	if r.state != "" {
		query += "&RelayState=" + r.state
	}
	if l.unsigned {
		return query, nil
	}
	if r.alg != "" {
		query += "&SigAlg=" + r.alg
	}
	signed := query
	if r.over != nil {
		signed = r.over(signed)
	}
	sum := r.hash.New()
	sum.Write([]byte(signed))
	key, ok := l.signer(b).Signer.(*rsa.PrivateKey)
	if !ok {
		return "", fmt.Errorf("a redirect is signed with an RSA key here")
	}
	value, err := rsa.SignPKCS1v15(rand.Reader, key, r.hash, sum.Sum(nil))
	return query + "&Signature=" + escape(base64.StdEncoding.EncodeToString(value)), err
}

// deflated packs a text for an address.
func deflated(doc string) string {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestCompression) // the level is legal
	_, _ = w.Write([]byte(doc))                             // a Buffer takes all
	_ = w.Close()
	return base64.StdEncoding.EncodeToString(packed.Bytes())
}

// Logouts are all messages to the single logout service, in the same order every time.
func Logouts() []Logout {
	var list []Logout
	for _, f := range []struct {
		file string
		make func() []Logout
	}{
		{"logout_request", logoutRequests},
		{"logout_answer", logoutAnswers},
		{"logout_redirect", logoutRedirects},
		{"logout_redirect", malformedRedirects},
		{"logout_wrapping", logoutWrappings},
		{"bounds", logoutBounds},
	} {
		for _, l := range f.make() {
			l.source = "testing/vectors/" + f.file + ".go"
			list = append(list, l)
		}
	}
	return list
}

// both gives a vector for each binding.
func both(l Logout) []Logout {
	redirect, post := l, l
	redirect.Name, post.Name, post.POST = l.Name+", by redirect", l.Name+", by POST", true
	return []Logout{redirect, post}
}

// lower writes percent-encoding in small letters.
func lower(value string) string {
	var out strings.Builder
	escaped := url.QueryEscape(value)
	for i := 0; i < len(escaped); i++ {
		if escaped[i] == '%' {
			out.WriteString(strings.ToLower(escaped[i : i+3]))
			i += 2
			continue
		}
		out.WriteByte(escaped[i])
	}
	return out.String()
}
