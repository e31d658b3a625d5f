package vectors

import (
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/samltest"
)

// Vector is one message. Its zero changes give a sound response with a signed assertion.
type Vector struct {
	Name string
	Why  string   // the attack or mistake it stands for
	Code sso.Code // of the refusal, "" when it must be accepted

	source  string // the file that makes it
	shape   shape
	sealed  bool                             // the assertion is encrypted, without the change too
	style   devidp.Style                     // zero: the usual one
	dialect dialect                          // of style: changes are translated into it
	signing samltest.Signing                 // Key and Cert are filled in
	fields  func(*devidp.Response)           // before it is written
	edits   []edit                           // of the text, before it is signed
	inside  []edit                           // of the signed assertion alone, before it is encrypted
	crypt   func(Base, *samltest.Encryption) // of how it is encrypted
	tampers []edit                           // of the signed text
	form    func(b64 string) string          // of the encoded text
	key     func(b Base) devidp.Key          // who signs; nil: the provider
}

// shape says what is signed.
type shape int

const (
	signedAssertion shape = iota
	signedResponse
	signedBoth
	unsigned
)

// Base is the world that the vectors' messages are made for.
type Base struct {
	SP          sso.ServiceProvider
	OtherSP     sso.ServiceProvider // of another tenant
	IDPEntityID string
	RequestID   string
	Outside     string // the origin that messages want us to fetch from; "": [Outside]
	State       string // RelayState of the logout under way; "": any
	Now         time.Time
	Step        time.Duration  // how far beside a bound a time is; zero: a second, which needs a clock that stands still
	Key         devidp.Key     // the connection trusts it
	Stranger    devidp.Key     // nobody does
	Encrypt     *rsa.PublicKey // of SP, for encryption
	Kept        *Kept          // sound documents that were signed for this world already; nil: each is signed anew
}

// Outside is where messages want us to fetch from, the address at which clouds give away their keys: nobody answers there in a test, so who wants to
// see that nothing is fetched gives [Base] an address to listen at.
const Outside = "http://169.254.169.254"

// Ada is who signs in.
const (
	Ada      = "ada@example.test"
	intruder = "admin@example.test"

	responseID  = "_response"
	assertionID = "_assertion"
)

// Message makes the vector's value of the form field SAMLResponse.
func (v Vector) Message(b Base) (string, error) { return v.make(b, true) }

// Twin makes the same message without the change.
func (v Vector) Twin(b Base) (string, error) { return v.make(b, false) }

// XML makes the signed document of the vector, before base64.
func (v Vector) XML(b Base) (string, error) { return v.document(b, true) }

// Bare makes the document as it is before it is signed: to be changed further, then signed by [Sign].
func (v Vector) Bare(b Base) (string, error) {
	v.shape, v.sealed, v.tampers = unsigned, false, nil
	return v.document(b, true)
}

// Sign signs the assertion of a bare document as the provider does.
func Sign(b Base, bare string) (string, error) { return Vector{}.sign(b, bare, false) }

// Kind names the twin: vectors of one kind have the same.
func (v Vector) Kind() string { return fmt.Sprint(v.shape, v.sealed, v.style, v.signing.Prefix) }

// Signed tells whether the vector's messages carry a signature: an unsigned twin is refused, too.
func (v Vector) Signed() bool { return v.shape != unsigned }

func (v Vector) make(b Base, changed bool) (string, error) {
	doc, err := v.document(b, changed)
	if err != nil {
		return "", fmt.Errorf("%s: %w", v.Name, err)
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(doc))
	if changed && v.form != nil {
		encoded = v.form(encoded)
	}
	return encoded, nil
}

func (v Vector) document(b Base, changed bool) (string, error) {
	var text string
	var err error
	if changed && v.changesBefore() {
		text, err = v.signed(b, true)
	} else {
		text, err = b.Kept.get(v.Kind(), func() (string, error) { return v.signed(b, false) })
	}
	if err != nil || !changed {
		return text, err
	}
	if text, err = v.apply(b, text, v.tampers); b.Outside != "" { // nothing that is signed names it
		text = strings.ReplaceAll(text, Outside, b.Outside)
	}
	return text, err
}

// changesBefore tells whether the change is made before the message is signed.
func (v Vector) changesBefore() bool {
	signing := v.signing
	signing.Prefix = "" // of the twin, too
	return v.fields != nil || v.edits != nil || v.inside != nil || v.crypt != nil || v.key != nil || !reflect.ValueOf(signing).IsZero()
}

// signed makes the document and signs it.
func (v Vector) signed(b Base, changed bool) (string, error) {
	r := Response(b)
	if v.style != (devidp.Style{}) {
		r.Style = v.style
	}
	if changed && v.fields != nil {
		v.fields(r)
	}
	raw, err := r.XML()
	if err != nil {
		return "", err
	}
	text := string(raw)
	if changed {
		if text, err = v.apply(b, text, v.edits); err != nil {
			return "", fmt.Errorf("edit: %w", err)
		}
	}
	if text, err = v.sign(b, text, changed); err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return text, nil
}

// apply makes changes to a text in the vector's dialect.
func (v Vector) apply(b Base, text string, edits []edit) (string, error) {
	text, err := apply(b, v.dialect.read(text), edits)
	return v.dialect.write(text), err
}

func apply(b Base, text string, edits []edit) (string, error) {
	for i, e := range edits {
		changed, err := e(b, text)
		switch {
		case err != nil:
			return "", fmt.Errorf("change %d: %w", i, err)
		case changed == text:
			return "", fmt.Errorf("change %d changes nothing", i)
		}
		text = changed
	}
	return text, nil
}

// sign signs the assertion first, then encrypts it, then signs the Response around it.
func (v Vector) sign(b Base, text string, changed bool) (string, error) {
	key := b.Key
	signing := samltest.Signing{Prefix: v.signing.Prefix}
	if changed {
		signing = v.signing
		if v.key != nil {
			key = v.key(b)
		}
	}
	signing.Key = key.Signer
	if signing.KeyInfo == "" {
		signing.Cert = key.Certificate.Raw
	}
	doc := []byte(text)
	var err error
	if v.shape == signedAssertion || v.shape == signedBoth {
		if doc, err = samltest.Sign(doc, assertionID, signing); err != nil {
			return "", err
		}
	}
	if v.sealed {
		if text, err = v.seal(b, string(doc), changed); err != nil {
			return "", fmt.Errorf("encrypt: %w", err)
		}
		doc = []byte(text)
	}
	if v.shape == signedResponse || v.shape == signedBoth {
		if doc, err = samltest.Sign(doc, responseID, signing); err != nil {
			return "", err
		}
	}
	return string(doc), nil
}

// seal encrypts the assertion.
func (v Vector) seal(b Base, text string, changed bool) (string, error) {
	plain, err := part(text, aStart, aEnd)
	if err != nil {
		return "", err
	}
	inside, encryption := plain, samltest.Encryption{For: []*rsa.PublicKey{b.Encrypt}}
	if changed {
		if inside, err = apply(b, plain, v.inside); err != nil {
			return "", fmt.Errorf("inside: %w", err)
		}
		if v.crypt != nil {
			v.crypt(b, &encryption)
		}
	}
	sealed, err := samltest.Encrypt([]byte(inside), encryption)
	return strings.Replace(text, plain, sealed, 1), err
}

// Encode signs the assertion of a response and encodes the whole for the form.
func Encode(b Base, r *devidp.Response, s samltest.Signing) (string, error) {
	raw, err := r.XML()
	if err != nil {
		return "", err
	}
	text, err := Vector{signing: s}.sign(b, string(raw), true)
	return base64.StdEncoding.EncodeToString([]byte(text)), err
}

// Response is a response that every check accepts, not yet signed.
func Response(b Base) *devidp.Response {
	r := devidp.NewResponse(devidp.Answer{
		Issuer: b.IDPEntityID, ACS: b.SP.ACSURL, Audience: b.SP.EntityID, InResponseTo: b.RequestID,
		NameID: devidp.NameID{Value: Ada, Format: devidp.FormatEmailAddress}, SessionIndex: "_session", Now: b.Now,
		Attributes: []devidp.Attribute{
			{Name: "email", Type: "xs:string", Values: []string{Ada}},
			{Name: "groups", Type: "xs:string", Values: []string{"staff", "admins"}},
		},
	})
	r.ID, r.Assertions[0].ID = responseID, assertionID
	return r
}
