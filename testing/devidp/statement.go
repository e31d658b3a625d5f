package devidp

import (
	"strings"

	"github.com/beevik/etree"
)

// statementWriter writes the parts of a response in one provider's style.
type statementWriter struct {
	writer
	style Style
}

func (s Style) writer() statementWriter {
	return statementWriter{writer{map[string]string{
		nsProtocol: s.Protocol, nsAssertion: s.Assertion, nsSchema: "xs", nsInstance: "xsi", nsSignature: "ds",
	}}, s}
}

// part is a direct child of a Response or an Assertion.
func (w statementWriter) part(parent *etree.Element, ns, tag string) *etree.Element {
	el := w.child(parent, ns, tag)
	if w.style.Redeclare {
		w.declare(el, ns)
	}
	return el
}

func (w statementWriter) issuer(parent *etree.Element, value, format string) {
	if value == "" {
		return
	}
	el := w.part(parent, nsAssertion, "Issuer")
	attr(el, "Format", format)
	el.SetText(value)
}

func (w statementWriter) status(parent *etree.Element, s Status) {
	if s.Code == "" {
		return
	}
	el := w.part(parent, nsProtocol, "Status")
	code := w.child(el, nsProtocol, "StatusCode")
	code.CreateAttr("Value", s.Code)
	if s.SubCode != "" {
		w.child(code, nsProtocol, "StatusCode").CreateAttr("Value", s.SubCode)
	}
	if s.Message != "" {
		w.text(el, nsProtocol, "StatusMessage", s.Message)
	}
}

func (w statementWriter) assertion(parent *etree.Element, a *Assertion) *etree.Element {
	el := w.part(parent, nsAssertion, "Assertion")
	attr(el, "ID", a.ID)
	attr(el, "Version", a.Version)
	timeAttr(el, "IssueInstant", a.IssueInstant)
	w.issuer(el, a.Issuer, a.IssuerFormat)
	w.subject(el, a)
	w.conditions(el, a.Conditions)
	if w.style.AttributesFirst {
		w.attributes(el, a.Attributes)
	}
	w.authn(el, a.Authn)
	if !w.style.AttributesFirst {
		w.attributes(el, a.Attributes)
	}
	return el
}

func (w statementWriter) subject(parent *etree.Element, a *Assertion) {
	if a.NameID == nil && len(a.Confirmations) == 0 {
		return
	}
	el := w.part(parent, nsAssertion, "Subject")
	if n := a.NameID; n != nil {
		id := w.text(el, nsAssertion, "NameID", n.Value)
		attr(id, "Format", n.Format)
		attr(id, "NameQualifier", n.NameQualifier)
		attr(id, "SPNameQualifier", n.SPNameQualifier)
	}
	for _, c := range a.Confirmations {
		confirmation := w.child(el, nsAssertion, "SubjectConfirmation")
		attr(confirmation, "Method", c.Method)
		data := w.child(confirmation, nsAssertion, "SubjectConfirmationData")
		attr(data, "InResponseTo", c.InResponseTo)
		timeAttr(data, "NotBefore", c.NotBefore)
		timeAttr(data, "NotOnOrAfter", c.NotOnOrAfter)
		attr(data, "Recipient", c.Recipient)
	}
}

func (w statementWriter) conditions(parent *etree.Element, c *Conditions) {
	if c == nil {
		return
	}
	el := w.part(parent, nsAssertion, "Conditions")
	timeAttr(el, "NotBefore", c.NotBefore)
	timeAttr(el, "NotOnOrAfter", c.NotOnOrAfter)
	for _, audiences := range c.Audiences {
		restriction := w.child(el, nsAssertion, "AudienceRestriction")
		for _, a := range audiences {
			w.text(restriction, nsAssertion, "Audience", a)
		}
	}
}

func (w statementWriter) authn(parent *etree.Element, a *Authn) {
	if a == nil {
		return
	}
	el := w.part(parent, nsAssertion, "AuthnStatement")
	timeAttr(el, "AuthnInstant", a.AuthnInstant)
	timeAttr(el, "SessionNotOnOrAfter", a.SessionNotOnOrAfter)
	attr(el, "SessionIndex", a.SessionIndex)
	context := w.child(el, nsAssertion, "AuthnContext")
	if a.ContextClass != "" {
		w.text(context, nsAssertion, "AuthnContextClassRef", a.ContextClass)
	}
	if a.Authority != "" {
		w.text(context, nsAssertion, "AuthenticatingAuthority", a.Authority)
	}
}

func (w statementWriter) attributes(parent *etree.Element, attributes []Attribute) {
	if len(attributes) == 0 {
		return
	}
	statement := w.part(parent, nsAssertion, "AttributeStatement")
	for _, a := range attributes {
		el := w.child(statement, nsAssertion, "Attribute")
		attr(el, "Name", a.Name)
		attr(el, "NameFormat", a.NameFormat)
		attr(el, "FriendlyName", a.FriendlyName)
		for _, v := range a.Values {
			value := w.text(el, nsAssertion, "AttributeValue", v)
			if a.Type == "" {
				continue
			}
			w.declare(value, nsInstance)
			if strings.HasPrefix(a.Type, "xs:") {
				w.declare(value, nsSchema)
			}
			value.CreateAttr("xsi:type", a.Type)
		}
	}
}
