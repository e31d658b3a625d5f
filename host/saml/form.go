package saml

import (
	"encoding/base64"

	"github.com/idplug/idplug/core/sso"
)

const (
	// maxResponse is fifty times a usual response and holds 10,000 groups; everything after it is linear in the size.
	maxResponse     = 512 << 10
	maxResponseText = "512 KiB"
	// maxEncoded is base64 of that, with a line break of two bytes after every 64 characters.
	maxEncoded = (maxResponse+2)/3*4*66/64 + 2
)

// decodeForm decodes the form's value: base64 in the standard alphabet, in which line breaks are legal (RFC 2045 6.8), and nothing else is.
func decodeForm(encoded string) ([]byte, *refusal) {
	if len(encoded) > maxEncoded {
		return nil, no(sso.ACSTooLarge, maxResponseText, "")
	}
	doc, err := base64.StdEncoding.DecodeString(encoded)
	switch {
	case err != nil:
		return nil, no(sso.ACSBadForm, "base64", err.Error())
	case len(doc) == 0:
		return nil, no(sso.ACSBadForm, "a response", "nothing")
	case len(doc) > maxResponse:
		return nil, no(sso.ACSTooLarge, maxResponseText, "")
	}
	return doc, nil
}
