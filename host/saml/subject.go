package saml

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

// readSubject reads who the assertion is about: one NameID in the clear (SAML Core 2.4.1).
func (r *response) readSubject() *refusal {
	var count int
	if r.subject, count = r.assertion.Child(nsAssertion, "Subject"); count != 1 {
		return no(sso.ProtoConfirmation, "one Subject", strconv.Itoa(count))
	}
	for c := range r.subject.Children() {
		if !isOneOf(c, nsAssertion, "NameID", "SubjectConfirmation") {
			return no(sso.ProtoNameID, "NameID", c.Local()) // BaseID, EncryptedID, or of another namespace
		}
	}
	name, count := r.subject.Child(nsAssertion, "NameID")
	if count != 1 || name.HasElements() {
		return no(sso.ProtoNameID, "one plain NameID", strconv.Itoa(count))
	}
	value := name.Text()
	if problem := nameIDProblem(value); problem != "" {
		return no(sso.ProtoNameID, "a name", problem) // never the value
	}
	format, _ := name.Attr("Format")
	if refused := r.qualified(name, format); refused != nil {
		return refused
	}
	r.out.NameID = nameID(name)
	return nil
}

// nameID copies a name out of its document.
func nameID(n signedxml.Node) sso.NameID {
	attr := func(local string) string {
		value, _ := n.Attr(local)
		return strings.Clone(value)
	}
	return sso.NameID{
		Value: strings.Clone(n.Text()), Format: attr("Format"), NameQualifier: attr("NameQualifier"), SPNameQualifier: attr("SPNameQualifier"),
	}
}

// nameIDProblem says why a value can name nobody. White space at an end is refused instead of trimmed: two names that look alike must not become
// one, nor one become two.
func nameIDProblem(value string) string {
	switch {
	case value == "":
		return "empty"
	case len(value) > sso.MaxNameID:
		return "longer than " + strconv.Itoa(sso.MaxNameID) + " bytes"
	case strings.ContainsFunc(value, unicode.IsControl):
		return "with control characters"
	case strings.TrimFunc(value, unicode.IsSpace) != value:
		return "with white space around it"
	}
	return ""
}

// qualified refuses a persistent name that belongs to another namespace than this provider's and ours (SAML Core 8.3.7): the same value would be
// somebody else there. Other formats' qualifiers mean nothing in particular.
func (r *response) qualified(name signedxml.Node, format string) *refusal {
	if format != sso.FormatPersistent {
		return nil
	}
	if q, ok := name.Attr("NameQualifier"); ok && q != r.target.Connection.IdP.EntityID {
		return no(sso.ProtoNameID, r.target.Connection.IdP.EntityID, q)
	}
	if q, ok := name.Attr("SPNameQualifier"); ok && q != r.sp.EntityID {
		return no(sso.ProtoNameID, r.sp.EntityID, q)
	}
	return nil
}
