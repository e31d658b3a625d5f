package saml

import (
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

// confirmation wants one bearer SubjectConfirmation that is satisfied in full; others may fail beside it (SAML Profiles 4.1.4.3), but not be unreadable.
// When none is, the first bearer's reason is told.
func (r *response) confirmation() *refusal {
	var first *refusal
	for c := range r.subject.Named(nsAssertion, "SubjectConfirmation") {
		if refused := dated(c); refused != nil {
			return refused
		}
		method, _ := c.Attr("Method")
		if method != methodBearer {
			continue
		}
		until, refused := r.confirms(c)
		switch {
		case refused == nil && until.After(r.confirmedUntil):
			r.confirmedUntil = until
		case refused != nil && first == nil:
			first = refused
		}
	}
	switch {
	case !r.confirmedUntil.IsZero():
		return nil
	case first != nil:
		return first
	}
	return no(sso.ProtoConfirmation, "a SubjectConfirmation with the method bearer", "none")
}

// confirms judges one bearer confirmation and says until when it holds, skew included. Address is not looked at: people's addresses change.
func (r *response) confirms(c signedxml.Node) (time.Time, *refusal) {
	for child := range c.Children() {
		if !child.Is(nsAssertion, "SubjectConfirmationData") {
			return time.Time{}, no(sso.ProtoConfirmation, "SubjectConfirmationData alone", child.Local())
		}
	}
	data, count := c.Child(nsAssertion, "SubjectConfirmationData")
	if count != 1 {
		return time.Time{}, no(sso.ProtoConfirmation, "one SubjectConfirmationData", "none or several")
	}
	if recipient, _ := data.Attr("Recipient"); recipient != r.sp.ACSURL {
		return time.Time{}, no(sso.ProtoRecipient, r.sp.ACSURL, recipient)
	}
	if answered, _ := data.Attr("InResponseTo"); answered == "" || answered != r.requestID {
		return time.Time{}, no(sso.CorrRequest, r.requestID, answered)
	}
	if before, given := data.Attr("NotBefore"); given { // forbidden for bearers
		return time.Time{}, no(sso.ProtoTime, "no NotBefore in SubjectConfirmationData", before)
	}
	text, _ := data.Attr("NotOnOrAfter")
	end, ok := parseTime(text)
	until := end.Add(r.service.ClockSkew)
	if !ok || !r.now.Before(until) {
		return time.Time{}, no(sso.ProtoTime, "confirmed at "+showTime(r.now), "not on or after "+text)
	}
	return until, nil
}

// dated refuses a confirmation with a time that is none, also where it is not one for us: readers differ in what they make of such a message.
func dated(c signedxml.Node) *refusal {
	for data := range c.Named(nsAssertion, "SubjectConfirmationData") {
		for _, name := range []string{"NotBefore", "NotOnOrAfter"} {
			text, given := data.Attr(name)
			if !given {
				continue
			}
			if _, ok := parseTime(text); !ok {
				return no(sso.ProtoTime, "a time in "+name, text)
			}
		}
	}
	return nil
}
