package devidp

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/beevik/etree"
)

const (
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsMetadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	nsSchema    = "http://www.w3.org/2001/XMLSchema"
	nsInstance  = "http://www.w3.org/2001/XMLSchema-instance"
)

// writer makes elements by namespace and declares a namespace where it is not yet in scope. prefixes maps a namespace to its
// prefix; a namespace without one is written as the default namespace.
type writer struct {
	prefixes map[string]string
}

func (w writer) root(ns, tag string) *etree.Element {
	el := etree.NewElement("")
	w.name(el, ns, tag)
	w.declare(el, ns)
	return el
}

func (w writer) child(parent *etree.Element, ns, tag string) *etree.Element {
	el := parent.CreateElement("")
	w.name(el, ns, tag)
	if !w.inScope(parent, ns) {
		w.declare(el, ns)
	}
	return el
}

// detached makes an element that will stand under parent but is not there yet.
func (w writer) detached(parent *etree.Element, ns, tag string) *etree.Element {
	el := etree.NewElement("")
	w.name(el, ns, tag)
	if !w.inScope(parent, ns) {
		w.declare(el, ns)
	}
	return el
}

func (w writer) text(parent *etree.Element, ns, tag, text string) *etree.Element {
	el := w.child(parent, ns, tag)
	el.SetText(text)
	return el
}

func (w writer) name(el *etree.Element, ns, tag string) {
	el.Space, el.Tag = w.prefixes[ns], tag
}

// declare binds the prefix of ns on el, also when an ancestor already does: Okta repeats itself like that.
func (w writer) declare(el *etree.Element, ns string) {
	if prefix := w.prefixes[ns]; prefix != "" {
		el.CreateAttr("xmlns:"+prefix, ns)
		return
	}
	el.CreateAttr("xmlns", ns)
}

func (w writer) inScope(el *etree.Element, ns string) bool {
	prefix := w.prefixes[ns]
	for ; el != nil; el = el.Parent() {
		for _, a := range el.Attr {
			if a.Space == "xmlns" && a.Key == prefix || prefix == "" && a.Space == "" && a.Key == "xmlns" {
				return a.Value == ns
			}
		}
	}
	return false
}

// attr sets a plain attribute unless its value is empty, so that a zero field is an absent attribute.
func attr(el *etree.Element, key, value string) {
	if value != "" {
		el.CreateAttr(key, value)
	}
}

func timeAttr(el *etree.Element, key string, t time.Time) {
	if !t.IsZero() {
		el.CreateAttr(key, stamp(t))
	}
}

// stamp writes a time as every provider does: UTC with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// document serialises root with the given XML declaration. Text and attributes are escaped as canonical XML does, so that what
// a reader parses is what was signed, carriage returns included.
func document(root *etree.Element, declaration string) ([]byte, error) {
	doc := etree.NewDocument()
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
	if declaration != "" {
		doc.CreateProcInst("xml", declaration)
	}
	doc.SetRoot(root)
	out, err := doc.WriteToBytes()
	if err != nil {
		return nil, fmt.Errorf("serialise: %w", err)
	}
	return out, nil
}

// wrapped is base64 broken at 76 columns with an indent, as Okta, PingOne and Google print certificates.
func wrapped(der []byte, indent string) string {
	text := []byte(base64.StdEncoding.EncodeToString(der))
	var b bytes.Buffer
	for len(text) > 76 {
		b.Write(text[:76])
		b.WriteString("\n" + indent)
		text = text[76:]
	}
	b.Write(text)
	return b.String()
}
