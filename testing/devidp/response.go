package devidp

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/beevik/etree"
)

// Status and format identifiers of SAML Core 3.2.2.2 and 8.3.
const (
	StatusSuccess     = "urn:oasis:names:tc:SAML:2.0:status:Success"
	StatusRequester   = "urn:oasis:names:tc:SAML:2.0:status:Requester"
	StatusResponder   = "urn:oasis:names:tc:SAML:2.0:status:Responder"
	StatusNoPassive   = "urn:oasis:names:tc:SAML:2.0:status:NoPassive"
	StatusAuthnFailed = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"

	FormatUnspecified  = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
	FormatEmailAddress = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
	FormatPersistent   = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
	FormatTransient    = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	formatEntity       = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"

	MethodBearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer"

	ContextPassword    = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
	ContextTransport   = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
	ContextUnspecified = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"
)

// Response is a SAML response (SAML Core 3.2.2) exactly as it will be written: an empty string, zero time or nil pointer is an
// absent attribute or element, so a test can leave out or overwrite anything. [NewResponse] makes one that a strict verifier
// accepts.
type Response struct {
	ID, Version, InResponseTo, Destination string
	IssueInstant                           time.Time
	Issuer, IssuerFormat                   string
	Status                                 Status
	Assertions                             []*Assertion

	Style         Style
	SignResponse  *Signature  // nil: the Response is not signed
	SignAssertion *Signature  // nil: the assertions are not signed
	Encrypt       *Encryption // nil: the assertions are in the clear
}

// Status is the outcome: a top-level code, and below it a second one and a message where the provider gives them.
type Status struct{ Code, SubCode, Message string }

// Assertion is one saml:Assertion (SAML Core 2.3.3).
type Assertion struct {
	ID, Version          string
	IssueInstant         time.Time
	Issuer, IssuerFormat string
	NameID               *NameID
	Confirmations        []Confirmation
	Conditions           *Conditions
	Authn                *Authn
	Attributes           []Attribute // none: no AttributeStatement
}

// NameID is who the assertion speaks of (SAML Core 2.2.3).
type NameID struct{ Value, Format, NameQualifier, SPNameQualifier string }

// Confirmation is a SubjectConfirmation with its data (SAML Core 2.4.1.1).
type Confirmation struct {
	Method, Recipient, InResponseTo string
	NotBefore, NotOnOrAfter         time.Time
}

// Conditions bounds where and when an assertion holds. Audiences has one AudienceRestriction per element (SAML Core 2.5.1.4).
type Conditions struct {
	NotBefore, NotOnOrAfter time.Time
	Audiences               [][]string
}

// Authn is the AuthnStatement (SAML Core 2.7.2).
type Authn struct {
	AuthnInstant, SessionNotOnOrAfter     time.Time
	SessionIndex, ContextClass, Authority string
}

// Attribute has one AttributeValue per value, each with the xsi:type Type ("xs:string"), or none when Type is empty.
type Attribute struct {
	Name, NameFormat, FriendlyName, Type string
	Values                               []string
}

// Style is a provider's handwriting: same meaning, other bytes.
type Style struct {
	Declaration     string // content of the XML declaration; empty: none
	Protocol        string // prefix of samlp elements; empty: default namespace
	Assertion       string // prefix of saml elements; empty: default namespace
	Redeclare       bool   // children of Response and Assertion declare their namespace again (Okta)
	AttributesFirst bool   // AttributeStatement before AuthnStatement (Entra)
}

// Answer is what a valid response needs to know.
type Answer struct {
	Issuer, ACS, Audience, InResponseTo string
	NameID                              NameID
	Attributes                          []Attribute
	SessionIndex                        string
	Now, AuthnInstant                   time.Time // AuthnInstant zero: Now
}

// NewResponse makes an unsigned response with fresh random IDs that holds five minutes either side of now.
func NewResponse(a Answer) *Response {
	if a.AuthnInstant.IsZero() {
		a.AuthnInstant = a.Now
	}
	until := a.Now.Add(5 * time.Minute)
	name := a.NameID
	return &Response{
		ID: newID(), Version: "2.0", InResponseTo: a.InResponseTo, Destination: a.ACS, IssueInstant: a.Now, Issuer: a.Issuer,
		Status: Status{Code: StatusSuccess},
		Style:  Style{Declaration: `version="1.0" encoding="UTF-8"`, Protocol: "samlp", Assertion: "saml"},
		Assertions: []*Assertion{{
			ID: newID(), Version: "2.0", IssueInstant: a.Now, Issuer: a.Issuer,
			NameID:        &name,
			Confirmations: []Confirmation{{Method: MethodBearer, Recipient: a.ACS, InResponseTo: a.InResponseTo, NotOnOrAfter: until}},
			Conditions:    &Conditions{NotBefore: a.Now.Add(-5 * time.Minute), NotOnOrAfter: until, Audiences: [][]string{{a.Audience}}},
			Authn:         &Authn{AuthnInstant: a.AuthnInstant, SessionIndex: a.SessionIndex, ContextClass: ContextTransport},
			Attributes:    a.Attributes,
		}},
	}
}

// newID is a fresh NCName of 128 random bits (SAML Core 1.3.4).
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	return "_" + hex.EncodeToString(b[:])
}

// XML writes the response: assertions are signed first, then encrypted, then the Response is signed around them.
func (r *Response) XML() ([]byte, error) {
	w := r.Style.writer()
	root := w.root(nsProtocol, "Response")
	attr(root, "ID", r.ID)
	attr(root, "Version", r.Version)
	timeAttr(root, "IssueInstant", r.IssueInstant)
	attr(root, "Destination", r.Destination)
	attr(root, "InResponseTo", r.InResponseTo)
	w.issuer(root, r.Issuer, r.IssuerFormat)
	w.status(root, r.Status)
	for _, a := range r.Assertions {
		el := w.assertion(root, a)
		if r.SignAssertion != nil {
			if err := r.SignAssertion.sign(el, afterIssuer(el)); err != nil {
				return nil, fmt.Errorf("sign assertion: %w", err)
			}
		}
		if r.Encrypt != nil {
			if err := r.Encrypt.replace(w, el); err != nil {
				return nil, fmt.Errorf("encrypt assertion: %w", err)
			}
		}
	}
	if r.SignResponse != nil {
		if err := r.SignResponse.sign(root, afterIssuer(root)); err != nil {
			return nil, fmt.Errorf("sign response: %w", err)
		}
	}
	return document(root, r.Style.Declaration)
}

// afterIssuer is where the schema wants the Signature.
func afterIssuer(el *etree.Element) int {
	if children := el.ChildElements(); len(children) > 0 && children[0].Tag == "Issuer" {
		return children[0].Index() + 1
	}
	return 0
}
