package sdk

import (
	"net/url"
	"strings"
)

// MetadataRequest asks for advice on a SAML metadata document (SAML Metadata 2).
type MetadataRequest struct {
	// Document holds the bytes as they were fetched or pasted: up to 2 MiB in any encoding, possibly not metadata at all. It is empty when
	// a fetch of SourceURL brought nothing: the question is then what is wrong with the URL.
	Document  []byte
	SourceURL string // where the document was fetched; "" when it was pasted
	EntityID  string // the administrator's choice among several entities; "" when none was made
}

// Address returns the address that was meant to bring metadata, its host in lower case, and the field it was entered in: SourceURL, or a Document
// that is nothing but an address, pasted in the wrong place. It is nil where there is none that can be read.
func (r *MetadataRequest) Address() (u *url.URL, field string) {
	text, field := r.SourceURL, FieldMetadataURL
	if text == "" {
		text, field = string(r.Document), FieldMetadataXML
	}
	if len(text) > maxAddress {
		return nil, ""
	}
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, ""
	}
	u.Host = strings.ToLower(u.Host)
	return u, field
}

const maxAddress = 8 << 10 // longer than any browser sends

// MetadataAdvice is what a provider's expert would say of the document.
type MetadataAdvice struct {
	EntityID string // which entity to use; "" leaves the only one
	Problems []Problem
	Request  RequestHints
}

// RequestHints say what an authentication request to this provider should look like. The zero value is the request that suits most providers.
type RequestHints struct {
	NameIDFormat  string   // Format of the NameIDPolicy (SAML Core 3.4.1.1), a URN; "" leaves the policy out
	AuthnContexts []string // RequestedAuthnContext classes, exact comparison (SAML Core 3.3.2.2.1); none leaves the element out
	Sign          bool     // sign the request even where the metadata does not ask for it
}

// NameID formats (SAML Core 8.3) that providers commonly use.
const (
	NameIDUnspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
	NameIDEmail       = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
	NameIDPersistent  = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
	NameIDTransient   = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
)
