package devidp

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Dialect is how one provider looks from outside. It is data and three functions; a test may change a copy before it hands it
// to [Config].
type Dialect struct {
	Key, Title string
	EntityID   string
	// Paths are those of the provider itself below the base URL, query included; every dialect also answers at /{key}/metadata
	// and /{key}/sso. An empty LogoutPath means no single logout.
	MetadataPath, SSOPath, LogoutPath string

	Subject   pkix.Name // of the certificate
	CertYears int
	KeyKind   KeyKind
	MaxKeys   int // certificates that the metadata shows at once, newest first

	Sign       Signing // default, changed by Settings
	KeyInfo    KeyInfo
	SignPrefix string // namespace prefix of signatures; empty: default namespace
	Style      Style

	// Like is the handwriting of an attribute: its NameFormat and Type.
	Like Attribute
	// Metadata writes the provider's metadata document.
	Metadata func(Description) ([]byte, error)
	// Describe says who p is: NameID and attributes.
	Describe func(p Person, ask Ask) (NameID, []Attribute, error)
	// Finish gives a valid response the provider's own habits; nil: none.
	Finish func(*Response)
}

// Description is what a metadata document tells.
type Description struct {
	EntityID, SSO, Logout string
	Certificates          []*x509.Certificate
	Signature             Signature // for dialects that sign their metadata
	Now                   time.Time
}

// Ask is what a service provider may influence of the answer about a person.
type Ask struct {
	NameIDFormat string // of the request's NameIDPolicy, or empty
	// Bare is the provider as it comes, before an administrator maps attributes.
	Bare bool
}

// Signing says which elements of a response are signed.
type Signing string

// What is signed.
const (
	SignAssertion Signing = "assertion"
	SignResponse  Signing = "response"
	SignBoth      Signing = "both"
)

func (s Signing) valid() bool { return s == SignAssertion || s == SignResponse || s == SignBoth }

// Dialects are all there are.
func Dialects() []Dialect {
	return []Dialect{Okta(), PingOne(), GoogleWorkspace(), Azure(), ADFS(), OneLogin(), JumpCloud(), Shibboleth()}
}

// DialectByKey finds one by its provider key, for example "google-workspace".
func DialectByKey(key string) (Dialect, error) {
	all := Dialects()
	if i := slices.IndexFunc(all, func(d Dialect) bool { return d.Key == key }); i >= 0 {
		return all[i], nil
	}
	keys := make([]string, len(all))
	for i, d := range all {
		keys[i] = d.Key
	}
	return Dialect{}, fmt.Errorf("unknown dialect %q: one of %s", key, strings.Join(keys, ", "))
}

// path is a dialect path without its query, as a route wants it.
func path(p string) string {
	p, _, _ = strings.Cut(p, "?")
	return p
}
