package sso

import (
	"slices"
	"time"
)

// SignRequests says when authentication requests are signed.
type SignRequests string

// When requests are signed. The zero value counts as SignAuto.
const (
	SignAuto   SignRequests = "auto" // where the provider's metadata or its plugin wants it
	SignAlways SignRequests = "always"
)

// Connection is what was entered and read for one provider of one tenant. It is kept when another provider becomes the active one.
type Connection struct {
	Tenant      TenantID
	Provider    ProviderKey
	MetadataURL string // Fetch metadata from URL
	MetadataXML string // Metadata, as fetched or pasted
	// ChosenEntityID is idp_entity_id: which entity of a document that holds several, "" for the only one.
	ChosenEntityID string
	SignRequests   SignRequests
	AllowSHA1      bool // a weaker mode, warned about
	IdP            IdentityProvider
	Request        RequestHints
	Notes          Problems // what parser and plugin found odd when the document was saved
	FetchProblem   *Problem // why the last fetch failed, nil when it did not
	FetchedAt      time.Time
	Revision       int64 // 0: never saved
	TestedRevision int64
	// SubjectAttribute is the stable attribute that names people where the NameID is transient; learnt from the plugin at a first login.
	SubjectAttribute string
}

// Bindings that we speak (SAML Bindings 3.4, 3.5).
const (
	BindingRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	BindingPOST     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
)

// Endpoint is a place at the provider.
type Endpoint struct {
	Binding, URL string
	// ResponseURL is where answers go when that is another place (SAML Metadata 2.2.2, ResponseLocation), else "".
	ResponseURL string
}

// Answers is where an answer goes.
func (e Endpoint) Answers() string {
	if e.ResponseURL != "" {
		return e.ResponseURL
	}
	return e.URL
}

// Certificate is a signing certificate of the provider whose key we accept.
type Certificate struct {
	Subject   string
	SHA256    string // lower-case hex of the DER
	NotBefore time.Time
	NotAfter  time.Time
	Use       string // "signing", or "" when the metadata names no use
	DER       []byte
}

// IdentityProvider is what the host itself read from the metadata.
type IdentityProvider struct {
	EntityID                string
	SSO                     []Endpoint // bindings we speak, Redirect first
	SLO                     []Endpoint
	Certificates            []Certificate // usable signing keys only
	ValidUntil              time.Time     // zero: none given
	WantAuthnRequestsSigned bool
	NameIDFormats           []string
}

// HasMetadata reports whether a usable document was ever stored.
func (c Connection) HasMetadata() bool { return c.IdP.EntityID != "" }

// SameContent reports whether c and d would lead to the same logins: what an administrator entered, what the host read and what the plugin
// advised. When it was fetched, what was found odd and the revisions do not count.
func (c Connection) SameContent(d Connection) bool {
	return c.MetadataURL == d.MetadataURL && c.MetadataXML == d.MetadataXML && c.ChosenEntityID == d.ChosenEntityID &&
		(c.SignRequests == SignAlways) == (d.SignRequests == SignAlways) && c.AllowSHA1 == d.AllowSHA1 &&
		c.IdP.same(d.IdP) && c.Request.same(d.Request)
}

func (i IdentityProvider) same(j IdentityProvider) bool {
	return i.EntityID == j.EntityID && slices.Equal(i.SSO, j.SSO) && slices.Equal(i.SLO, j.SLO) &&
		slices.EqualFunc(i.Certificates, j.Certificates, func(a, b Certificate) bool { return a.SHA256 == b.SHA256 }) &&
		i.ValidUntil.Equal(j.ValidUntil) && i.WantAuthnRequestsSigned == j.WantAuthnRequestsSigned &&
		slices.Equal(i.NameIDFormats, j.NameIDFormats)
}

func (h RequestHints) same(k RequestHints) bool {
	return h.NameIDFormat == k.NameIDFormat && h.Sign == k.Sign && slices.Equal(h.AuthnContexts, k.AuthnContexts)
}

// Missing lists what keeps the connection from carrying logins (rule 5), each at its field.
func (c Connection) Missing() Problems {
	var ps Problems
	if !c.HasMetadata() {
		ps.Add(Failure, "metadata_xml", MetadataMissing)
		return ps
	}
	if len(c.IdP.SSO) == 0 {
		ps.Add(Failure, "metadata_xml", MetadataNoEndpoint)
	}
	if len(c.IdP.Certificates) == 0 {
		ps.Add(Failure, "metadata_xml", MetadataNoKey)
	}
	return ps
}

// ExpirySoon is how long before a certificate's end its warning starts.
const ExpirySoon = 30 * 24 * time.Hour

// Warnings are what an administrator should know of the connection at the time now: notes of the last save, a failed fetch, certificates
// and validity that end or have ended, weaker modes.
func (c Connection) Warnings(now time.Time) Problems {
	ps := append(Problems{}, c.Notes.Demoted()...)
	if c.FetchProblem != nil {
		ps = append(ps, *c.FetchProblem)
	}
	for _, cert := range c.IdP.Certificates {
		at := cert.NotAfter.UTC().Format(time.RFC3339)
		switch {
		case now.After(cert.NotAfter):
			ps.Add(Warning, "metadata_xml", CertificateExpired, "subject", cert.Subject, "at", at)
		case now.Add(ExpirySoon).After(cert.NotAfter):
			ps.Add(Warning, "metadata_xml", CertificateExpiring, "subject", cert.Subject, "at", at)
		case now.Before(cert.NotBefore):
			ps.Add(Warning, "metadata_xml", CertificateNotYetValid, "subject", cert.Subject, "at", cert.NotBefore.UTC().Format(time.RFC3339))
		}
	}
	if !c.IdP.ValidUntil.IsZero() && now.After(c.IdP.ValidUntil) {
		ps.Add(Warning, "metadata_xml", MetadataExpired, "at", c.IdP.ValidUntil.UTC().Format(time.RFC3339))
	}
	if c.AllowSHA1 {
		ps.Add(Warning, "allow_sha1", SHA1Allowed)
	}
	return ps
}
