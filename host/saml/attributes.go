package saml

import (
	"strings"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

// attributes reads the AttributeStatements (SAML Core 2.7.3) in document order. Values stay as they are; an attribute without values stays, too,
// because rules ask whether it is there.
func (r *response) attributes() *refusal {
	for s := range r.assertion.Named(nsAssertion, "AttributeStatement") {
		for a := range s.Children() {
			switch name, _ := a.Attr("Name"); {
			case a.Is(nsAssertion, "EncryptedAttribute"):
				return no(sso.EncFailed, "attributes in the clear", a.Local())
			case !a.Is(nsAssertion, "Attribute"):
				return no(sso.ProtoStructure, "Attribute", a.Local())
			case name == "":
				return no(sso.ProtoStructure, "an Attribute with a Name", "one without")
			}
			r.out.Attributes = append(r.out.Attributes, attribute(a))
		}
	}
	return nil
}

func attribute(n signedxml.Node) sso.Attribute {
	var a sso.Attribute
	a.Name, _ = n.Attr("Name")
	a.FriendlyName, _ = n.Attr("FriendlyName")
	a.NameFormat, _ = n.Attr("NameFormat")
	_, count := n.Child(nsAssertion, "AttributeValue")
	a.Values = make([]string, 0, count)
	for v := range n.Named(nsAssertion, "AttributeValue") {
		if text := attributeValue(v); text != "" {
			a.Values = append(a.Values, text)
		}
	}
	return a
}

// attributeValue is a value's text. Empty ones are "" and left out: Google sends one for every field that a person does not have, others write
// xsi:nil, and no rule could mean them. Of values with elements inside only eduPersonTargetedID's NameID is text; other structures are not.
func attributeValue(v signedxml.Node) string {
	if !v.HasElements() {
		return v.Text()
	}
	name, names := v.Child(nsAssertion, "NameID")
	elements := 0
	for range v.Children() {
		elements++
	}
	if names != 1 || elements != 1 || name.HasElements() || strings.TrimSpace(v.Text()) != "" {
		return ""
	}
	return name.Text()
}
