package azure

import (
	"context"
	"crypto/x509"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/idplug/idplug/sdk"
)

const product = "Microsoft Entra ID"

// Metadata recognises Microsoft's documents and the addresses that are mistaken for that of an application's metadata. Requests need no hint: an
// application's own settings choose the NameID, and a RequestedAuthnContext fails whoever signed in by other means (AADSTS75011).
func (Provider) Metadata(_ context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	ours, advice, err := sdk.Recognise(r, product)
	switch {
	case err == nil:
		advice.Problems = examine(ours, r)
	case errors.Is(err, sdk.ErrNoMetadata):
		advice.Problems = explain(r.Address())
	}
	return advice, nil
}

// The entity ID of the document for all tenants has a hole where the tenant's ID belongs, and the hole has had several names.
var holeForm = regexp.MustCompile(`(?i)\{tenant(id)?\}`)

func examine(e sdk.Entity, r *sdk.MetadataRequest) []sdk.Problem {
	if holeForm.MatchString(e.ID) {
		return []sdk.Problem{allTenants}
	}
	problems := e.Stranger("azure", copyURL, product)
	if len(problems) == 0 && ofTenant(e, r) {
		problems = append(problems, wholeTenant)
	}
	if e.HasWeakKey() {
		problems = append(problems, weakKey)
	}
	return problems
}

// ofTenant reports whether the document is the tenant's, which lacks the application's own key. A key of the application, which has one subject at
// Microsoft unless an organisation brings its own, or ?appid= says that it is not; keys that all tenants share, or the lack of ?appid=, that it is.
func ofTenant(e sdk.Entity, r *sdk.MetadataRequest) bool {
	own := func(c *x509.Certificate) bool {
		return strings.Contains(c.Subject.CommonName, "Federated SSO Certificate")
	}
	if slices.ContainsFunc(e.Certificates, own) {
		return false
	}
	if u, field := r.Address(); u != nil && field == sdk.FieldMetadataURL && isMetadata(u) {
		return appID(u) == ""
	}
	return slices.ContainsFunc(e.Certificates, isShared)
}

var sharedForm = regexp.MustCompile(`^(accounts\.accesscontrol\.|login\.microsoftonline\.|login\.partner\.microsoftonline\.)`)

func isShared(c *x509.Certificate) bool { return sharedForm.MatchString(c.Subject.CommonName) }
