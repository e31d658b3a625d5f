package sdk

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Entity is the outline of one identity provider in a metadata document: enough to recognise it and to give advice. The host reads the truth itself.
type Entity struct {
	ID            string
	SSO           []string            // addresses of its single sign-on services, in document order
	Bindings      []string            // bindings of those services at the same index, URNs (SAML Bindings 3); BindingRedirect and BindingPOST are spoken
	Certificates  []*x509.Certificate // its signing certificates that can be read, each once
	NameIDFormats []string            // in document order
	WantsSigned   bool                // WantAuthnRequestsSigned
	ValidUntil    time.Time           // of the entity; zero: none given
}

// The bindings by which idplug sends people to a provider (SAML Bindings 3.4, 3.5). An entity that offers neither cannot be used.
const (
	BindingRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	BindingPOST     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
)

// ErrSeveral says that a document holds several identity providers and that nothing speaks for one of them; the host then asks the administrator.
var ErrSeveral = errors.New("several identity providers in this document")

// Recognise finds the entity of a document that the administrator means: the one they named, else the only one, else the only one that looks like
// one of these products ([Entity.Product]). The advice is there to be added to, also beside an error: [ErrNoMetadata] or [ErrSeveral]. A
// Provider's Metadata starts with it, and returns the advice without the error: the host has words for both.
func Recognise(r *MetadataRequest, products ...string) (Entity, *MetadataAdvice, error) {
	advice := &MetadataAdvice{}
	entities, err := Outline(r.Document)
	if err != nil {
		return Entity{}, advice, err
	}
	if len(entities) == 1 && r.EntityID == "" {
		return entities[0], advice, nil
	}
	var meant []Entity
	for _, e := range entities {
		if r.EntityID != "" && e.ID == r.EntityID || r.EntityID == "" && slices.Contains(products, e.Product()) {
			meant = append(meant, e)
		}
	}
	if len(meant) != 1 {
		return Entity{}, advice, ErrSeveral
	}
	if len(entities) > 1 {
		advice.EntityID = meant[0].ID
	}
	return meant[0], advice, nil
}

// Stranger returns a warning, with the code <key>.other_provider, if the entity looks like none of these products, the first of which is the
// plugin's own, and names the product that it looks like; nil if it looks like one of them. Fix says where the right document is found.
func (e Entity) Stranger(key, fix string, products ...string) []Problem {
	name := e.Product()
	if slices.Contains(products, name) {
		return nil
	}
	p := Problem{
		Severity: SeverityWarning, Field: FieldMetadataXML, Code: key + ".other_provider",
		Summary: "This metadata does not look like " + products[0] + "'s.",
		Fix:     "If it is another provider's, choose that provider. If it is " + products[0] + "'s: " + fix,
	}
	if name != "" {
		p.Summary = "This metadata does not look like " + products[0] + "'s but like that of " + name + "."
	}
	return []Problem{p}
}

// HasWeakKey reports whether one of the signing keys is of a kind that the host leaves out: RSA below 2048 bits, ECDSA on another curve than P-256,
// P-384 and P-521, or neither.
func (e Entity) HasWeakKey() bool {
	return slices.ContainsFunc(e.Certificates, func(c *x509.Certificate) bool {
		switch key := c.PublicKey.(type) {
		case *rsa.PublicKey:
			return key.N.BitLen() < 2048
		case *ecdsa.PublicKey:
			return !slices.Contains([]elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()}, key.Curve)
		}
		return true
	})
}

// Product names the product that an entity looks like, as people call it ("Google Workspace"), or returns "". It goes by the forms of addresses
// that products give their customers, so a product on a customer's own domain is recognised where its paths are its own.
func (e Entity) Product() string {
	for _, p := range products {
		if p.made(e.ID) || slices.ContainsFunc(e.SSO, p.made) {
			return p.name
		}
	}
	return ""
}

// product is what is known of a product's addresses: each holds one of the words and has the form. The words are there for speed: an aggregate has
// thousands of entities, and nearly all of them are asked in vain.
type product struct {
	name  string
	words []string
	form  *regexp.Regexp
}

func (p product) made(address string) bool {
	for _, word := range p.words {
		if strings.Contains(address, word) {
			return p.form.MatchString(address)
		}
	}
	return false
}

// products are tried in order: hosted ones before those that share their paths.
var products = []product{
	{"Okta", []string{"//www.okta.com/", "/sso/saml"}, regexp.MustCompile(`^http://www\.okta\.com/\w+$|^https://[^/]+/app/[^/]+/\w+/sso/saml$`)},
	{"PingOne", []string{"pingone.", "pingidentity."}, regexp.MustCompile(`^https://(auth\.pingone\.[a-z.]+|sso\.connect\.pingidentity\.com|pingone\.com/idp)/`)},
	{"Google Workspace", []string{"//accounts.google.com/"}, regexp.MustCompile(`^https://accounts\.google\.com/o/saml2`)},
	{"Microsoft Entra ID", []string{"windows.net/", ".microsoftonline."}, regexp.MustCompile(`^https://(sts\.windows\.net|login\.microsoftonline\.(com|us)|login\.partner\.microsoftonline\.cn|login\.windows\.net)/`)},
	{"OneLogin", []string{".onelogin.com/"}, regexp.MustCompile(`^https://[a-z0-9-]+\.onelogin\.com/`)},
	{"JumpCloud", []string{".jumpcloud.com/"}, regexp.MustCompile(`^https://sso\.([a-z]{2}\.)?jumpcloud\.com/`)},
	{"Auth0", []string{"/samlp/"}, regexp.MustCompile(`^https://[^/]+/samlp/\w+$`)},
	{"AD FS", []string{"/adfs/"}, regexp.MustCompile(`^https?://[^/]+/adfs/(ls|services/trust)`)},
	{"Keycloak", []string{"/realms/"}, regexp.MustCompile(`^https?://[^/]+(/auth)?/realms/[^/]+(/protocol/saml)?$`)},
	{"PingFederate", []string{"/idp/SSO.saml2"}, regexp.MustCompile(`^https://[^/]+/idp/SSO\.saml2`)},
}
