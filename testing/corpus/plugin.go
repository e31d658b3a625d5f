package corpus

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/plugins/adfs"
	"github.com/idplug/idplug/plugins/azure"
	"github.com/idplug/idplug/plugins/googleworkspace"
	"github.com/idplug/idplug/plugins/jumpcloud"
	"github.com/idplug/idplug/plugins/okta"
	"github.com/idplug/idplug/plugins/onelogin"
	"github.com/idplug/idplug/plugins/pingone"
	anysaml "github.com/idplug/idplug/plugins/saml"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
)

// plugin is that for the provider of a row, behind the wire as in production; nil where nobody wrote one.
func (r Row) plugin(t testing.TB) sdk.Provider {
	t.Helper()
	var p sdk.Provider
	switch r.Provider {
	case "okta":
		p = okta.Provider{}
	case "pingone", "pingfederate":
		p = pingone.Provider{}
	case "google":
		p = googleworkspace.Provider{}
	case "azure":
		p = azure.Provider{}
	case "adfs":
		p = adfs.Provider{}
	case "onelogin":
		p = onelogin.Provider{}
	case "jumpcloud":
		p = jumpcloud.Provider{}
	case "aggregate":
		return nil // which entity is meant is not in the row
	default:
		p = anysaml.Provider{}
	}
	return sdktest.Start(t, p)
}

// Advice is what the plugin says of a document; nil where the row's provider has no plugin.
func (r Row) Advice(t testing.TB, document []byte) *sdk.MetadataAdvice {
	t.Helper()
	p := r.plugin(t)
	if p == nil {
		return nil
	}
	advice, err := p.Metadata(t.Context(), &sdk.MetadataRequest{Document: document})
	if err != nil {
		t.Fatalf("%s: %v", r.File, err)
	}
	return advice
}

// Profile is what the plugin reads in a verified assertion; nil where the row's provider has no plugin.
func (r Row) Profile(t testing.TB, a sso.Assertion) *sdk.Profile {
	t.Helper()
	p, ok := r.plugin(t).(sdk.Provisioner)
	if !ok {
		return nil
	}
	request := &sdk.ProfileRequest{IDPEntityID: a.IDPEntityID, NameID: sdk.NameID{Value: a.NameID.Value, Format: a.NameID.Format}}
	for _, attribute := range a.Attributes {
		request.Attributes = append(request.Attributes, sdk.Attribute(attribute))
	}
	profile, err := p.Profile(t.Context(), request)
	if err != nil {
		t.Fatalf("%s: %v", r.File, err)
	}
	return profile
}

// Report is what was concluded, file by file, beside what the index says. `go test -v` shows it.
type Report struct{ lines []string }

// Add notes what was concluded of a row.
func (r *Report) Add(row Row, concluded ...string) {
	concluded = slices.DeleteFunc(concluded, func(s string) bool { return s == "" })
	r.lines = append(r.lines, row.File, "  index: "+row.Expect, "  here:  "+strings.Join(concluded, "; "))
}

// Log prints the report.
func (r *Report) Log(t testing.TB) {
	t.Helper()
	t.Log(fmt.Sprintf("%d files\n", len(r.lines)/3) + strings.Join(r.lines, "\n"))
}
