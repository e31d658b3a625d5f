package saml

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

const (
	encodingDeflate = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"
	// maxQuery is longer than any logout message; servers and browsers take no longer addresses anyway.
	maxQuery = 16 << 10
)

// redirected are the parameters of a message in the HTTP-Redirect binding (SAML Bindings 3.4.4.1), each as it stood in the address: the signature
// is over those very octets, and percent-encoding can be written in more than one way.
type redirected struct {
	name  string // SAMLRequest or SAMLResponse
	raw   map[string]string
	value map[string]string
}

// redirectParameters have a meaning in the binding.
var redirectParameters = []string{"SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature", "SAMLEncoding"}

// readRedirect reads a raw query. A parameter of the binding that comes twice, or whose name is written with escapes, is refused: another reader
// could take the other one. Foreign parameters mean nothing.
func readRedirect(query string) (r redirected, refused *refusal) {
	if len(query) > maxQuery {
		return r, no(sso.ACSTooLarge, "16 KiB", "")
	}
	r.raw, r.value = map[string]string{}, map[string]string{}
	for pair := range strings.SplitSeq(query, "&") {
		rawName, raw, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil || !slices.Contains(redirectParameters, name) {
			continue
		}
		value, err := url.QueryUnescape(raw)
		if _, twice := r.raw[name]; twice || name != rawName || err != nil {
			return r, no(sso.ACSBadForm, "each parameter once, in plain letters", name)
		}
		r.raw[name], r.value[name] = raw, value
	}
	for _, name := range redirectParameters[:2] {
		if _, ok := r.raw[name]; ok {
			if r.name != "" {
				return r, no(sso.ACSBadForm, "one message", "two")
			}
			r.name = name
		}
	}
	if encoding, given := r.value["SAMLEncoding"]; r.name == "" || given && encoding != encodingDeflate {
		return r, no(sso.ACSBadForm, "one message, deflated", "none")
	}
	return r, nil
}

// verify proves that the provider made the message, RelayState included.
func (r redirected) verify(keys []signedxml.Key, p signedxml.Policy) *refusal {
	value, err := base64.StdEncoding.DecodeString(r.value["Signature"]) // none is one that verifies nothing
	if err != nil {
		return no(sso.SigMalformed, "base64", "something else")
	}
	if _, err := signedxml.VerifyOctets(r.value["SigAlg"], r.signed(), value, keys, p); err != nil {
		return unreadable(err)
	}
	return nil
}

// signed are the octets that the signature is over: in this order, whatever the order in the address.
func (r redirected) signed() []byte {
	out := r.name + "=" + r.raw[r.name]
	if raw, ok := r.raw["RelayState"]; ok {
		out += "&RelayState=" + raw
	}
	return []byte(out + "&SigAlg=" + r.raw["SigAlg"])
}

// inflate unpacks the message, as far as a message may be long.
func (r redirected) inflate() ([]byte, *refusal) {
	packed, err := base64.StdEncoding.DecodeString(r.value[r.name])
	if err != nil {
		return nil, no(sso.ACSBadForm, "base64", "something else")
	}
	doc, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxResponse+1))
	switch {
	case len(doc) > maxResponse:
		return nil, no(sso.ACSTooLarge, maxResponseText, "")
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF): // some senders leave the last block open
		return nil, no(sso.ACSBadForm, "a deflated message", "something else")
	}
	return doc, nil
}
