package sdktest_test

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
)

// acme is a small provider that keeps every rule, with hooks to break one.
type acme struct {
	manifest func(*sdk.Manifest)
	metadata func(*sdk.MetadataRequest, *sdk.MetadataAdvice) error
	profile  func(context.Context, *sdk.ProfileRequest, *sdk.Profile) error
}

func (a acme) Manifest() sdk.Manifest {
	m := sdk.Manifest{
		Key: "acme", Name: "Acme", Version: "1.0.0", Vendor: "Acme", Capabilities: sdk.Capabilities{MetadataURL: true, JIT: true},
		Guide: []sdk.GuideStep{{Title: "Enter", Text: "{acs_url} and {entity_id}"}},
		AttributeHints: []sdk.AttributeHint{
			{Name: "uid", Label: "User", For: sdk.FieldSubject},
			{Name: "mail", Label: "Mail", For: sdk.FieldEmail},
			{Name: "first", Label: "First name", For: sdk.FieldGivenName},
			{Name: "last", Label: "Last name", For: sdk.FieldFamilyName},
			{Name: "full", Label: "Full name", For: sdk.FieldDisplayName},
			{Name: "groups", Label: "Groups", For: sdk.FieldGroups},
		},
	}
	if a.manifest != nil {
		a.manifest(&m)
	}
	return m
}

func (a acme) Metadata(_ context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	advice := &sdk.MetadataAdvice{}
	if a.metadata != nil {
		if err := a.metadata(r, advice); err != nil {
			return nil, err
		}
	}
	return advice, nil
}

func (a acme) Profile(ctx context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	p := &sdk.Profile{
		Subject: r.Attributes.First("uid"), Email: r.Attributes.First("mail").Lower(),
		GivenName: r.Attributes.First("first"), FamilyName: r.Attributes.First("last"), DisplayName: r.Attributes.First("full"),
		Groups: r.Attributes.All("groups"),
	}
	if r.NameID.Format != sdk.NameIDTransient {
		p.Subject = cmp.Or(p.Subject, r.NameID.AsValue())
	}
	if a.profile != nil {
		if err := a.profile(ctx, r, p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// signInOnly reads no profiles.
type signInOnly struct{ sdk.Provider }

func TestAGoodProviderConforms(t *testing.T) {
	t.Parallel()
	sdktest.Conformance(t, acme{})
}

func TestAProviderWithoutProfilesConforms(t *testing.T) {
	t.Parallel()
	sdktest.Conformance(t, signInOnly{acme{manifest: func(m *sdk.Manifest) { m.Capabilities.JIT = false }}})
}

func TestChecksHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range sdktest.Checks() {
		require.False(t, seen[c.ID], c.ID)
		seen[c.ID] = true
		require.NotEmpty(t, c.Rule, c.ID)
		require.NotEmpty(t, c.Fix, c.ID)
		require.Regexp(t, `^https://.*#[a-z0-9_]+$`, c.Docs(), c.ID)
	}
}

// Every check turns red for the fault it is there for.
func TestChecksCatch(t *testing.T) {
	t.Parallel()
	type (
		profileHook  = func(context.Context, *sdk.ProfileRequest, *sdk.Profile) error
		metadataHook = func(*sdk.MetadataRequest, *sdk.MetadataAdvice) error
	)
	groups := func(p *sdk.Profile, n int) { p.Groups = p.Groups[:min(n, len(p.Groups))] }
	var odd atomic.Int64
	for name, c := range map[string]struct {
		check    string
		key      string
		manifest func(*sdk.Manifest)
		metadata metadataHook
		profile  profileHook
		without  bool // the provider reads no profiles
	}{
		"manifest without a vendor": {check: "manifest.valid", manifest: func(m *sdk.Manifest) { m.Vendor = "" }},
		"key of another file":       {check: "manifest.key", key: "other"},
		"changing manifest": {check: "manifest.stable", manifest: func(m *sdk.Manifest) {
			m.Homepage = strings.Repeat("x", int(odd.Add(1)))
		}},
		"guide without addresses": {check: "manifest.guide", manifest: func(m *sdk.Manifest) { m.Guide[0].Text = "{acs_url}" }},
		"jit without profiles":    {check: "manifest.jit", without: true},
		"error on junk":           {check: "metadata.junk", metadata: func(*sdk.MetadataRequest, *sdk.MetadataAdvice) error { return errors.New("not XML") }},
		"panic on a URL": {check: "metadata.url", metadata: func(r *sdk.MetadataRequest, _ *sdk.MetadataAdvice) error {
			_ = r.SourceURL[7]
			return nil
		}},
		"problem without words": {check: "metadata.problems", metadata: func(_ *sdk.MetadataRequest, a *sdk.MetadataAdvice) error {
			a.Problems = []sdk.Problem{{Severity: sdk.SeverityWarning, Code: "acme.odd"}}
			return nil
		}},
		"error without a fix": {check: "metadata.problems", metadata: func(_ *sdk.MetadataRequest, a *sdk.MetadataAdvice) error {
			a.Problems = []sdk.Problem{{Severity: sdk.SeverityError, Code: "acme.odd", Summary: "Odd."}}
			return nil
		}},
		"small documents only": {check: "metadata.large", metadata: func(r *sdk.MetadataRequest, _ *sdk.MetadataAdvice) error {
			if len(r.Document) > 1<<20 {
				return errors.New("too large")
			}
			return nil
		}},
		"metadata with a memory": {check: "metadata.pure", metadata: func(_ *sdk.MetadataRequest, a *sdk.MetadataAdvice) error {
			a.EntityID = strings.Repeat("x", int(odd.Add(1)))
			return nil
		}},
		"hint that is not true": {check: "profile.hints", profile: func(_ context.Context, _ *sdk.ProfileRequest, p *sdk.Profile) error {
			p.FamilyName = sdk.Value{}
			return nil
		}},
		"needs an attribute": {check: "profile.missing", profile: func(_ context.Context, r *sdk.ProfileRequest, _ *sdk.Profile) error {
			_ = r.Attributes[0]
			return nil
		}},
		"blank facts": {check: "profile.empty", profile: func(_ context.Context, r *sdk.ProfileRequest, p *sdk.Profile) error {
			for _, a := range r.Attributes {
				if len(a.Values) > 0 && a.Name == "first" {
					p.GivenName = sdk.Value{Text: a.Values[0], From: "first", Op: sdk.OpAsIs}
				}
			}
			return nil
		}},
		"first group only": {check: "profile.multivalued", profile: func(_ context.Context, _ *sdk.ProfileRequest, p *sdk.Profile) error {
			groups(p, 1)
			return nil
		}},
		"cuts characters in two": {check: "profile.unicode", profile: func(_ context.Context, _ *sdk.ProfileRequest, p *sdk.Profile) error {
			p.GivenName.Text = p.GivenName.Text[:min(1, len(p.GivenName.Text))]
			return nil
		}},
		"forgets groups":      {check: "profile.groups_1000", profile: func(_ context.Context, _ *sdk.ProfileRequest, p *sdk.Profile) error { groups(p, 150); return nil }},
		"forgets many groups": {check: "profile.groups_10000", profile: func(_ context.Context, _ *sdk.ProfileRequest, p *sdk.Profile) error { groups(p, 9999); return nil }},
		"invents an address": {check: "profile.provenance", profile: func(_ context.Context, _ *sdk.ProfileRequest, p *sdk.Profile) error {
			p.Email = sdk.Value{Text: "admin@example.org", From: "mail", Op: sdk.OpAsIs}
			return nil
		}},
		"cleans without saying so": {check: "profile.provenance", profile: func(_ context.Context, _ *sdk.ProfileRequest, p *sdk.Profile) error {
			p.DisplayName.Text = strings.Trim(p.DisplayName.Text, "\u202e\u2066")
			return nil
		}},
		"address from a list": {check: "profile.provenance", profile: func(_ context.Context, r *sdk.ProfileRequest, p *sdk.Profile) error {
			if parts := r.Attributes.First("mail").Split(); len(parts) > 0 {
				p.Email = parts[0]
			}
			return nil
		}},
		"subject made lower-case": {check: "profile.provenance", profile: func(_ context.Context, _ *sdk.ProfileRequest, p *sdk.Profile) error {
			p.Subject = p.Subject.Lower()
			return nil
		}},
		"panics on odd characters": {check: "profile.hostile", profile: func(_ context.Context, r *sdk.ProfileRequest, _ *sdk.Profile) error {
			if strings.Contains(r.Attributes.First("full").Text, "\x01") {
				panic("control character")
			}
			return nil
		}},
		"needs a subject": {check: "profile.answers", profile: func(_ context.Context, r *sdk.ProfileRequest, _ *sdk.Profile) error {
			return errors.New("no")
		}},
		"does not know its own example": {check: "profile.examples", manifest: func(m *sdk.Manifest) { m.AttributeHints[0].Example = "u-1" }, profile: func(_ context.Context, r *sdk.ProfileRequest, _ *sdk.Profile) error {
			if r.Attributes.First("uid").Text == "u-1" {
				return errors.New("whose is this")
			}
			return nil
		}},
		"an error that nobody can mend": {check: "profile.problems", profile: func(_ context.Context, _ *sdk.ProfileRequest, p *sdk.Profile) error {
			p.Problems = []sdk.Problem{{Severity: sdk.SeverityError, Code: "Odd Code", Summary: "Odd."}}
			return nil
		}},
		"no advice": {check: "metadata.answers", metadata: func(*sdk.MetadataRequest, *sdk.MetadataAdvice) error { return errors.New("no") }},
		"transient subject": {check: "profile.transient", profile: func(_ context.Context, r *sdk.ProfileRequest, p *sdk.Profile) error {
			p.Subject = r.NameID.AsValue()
			return nil
		}},
		"profile with a memory": {check: "profile.pure", profile: func(_ context.Context, _ *sdk.ProfileRequest, p *sdk.Profile) error {
			p.GroupsUnknown = odd.Add(1)%2 == 0
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p sdk.Provider = acme{manifest: c.manifest, metadata: c.metadata, profile: c.profile}
			if c.without {
				p = signInOnly{p}
			}
			if c.check != "manifest.stable" { // a client asks once
				p = sdktest.Start(t, p)
			}
			r := sdktest.One(t.Context(), c.check, p, c.key, nil)
			require.Equal(t, sdktest.Failed, r.Outcome, r.Seen)
			require.NotEmpty(t, r.Seen)
			require.NotEmpty(t, r.Fix)
		})
	}
}

// A provider in this process that ignores its context: over a connection the client would return anyway.
func TestTheDeadlineCheckCatchesACallThatHangs(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	p := acme{profile: func(context.Context, *sdk.ProfileRequest, *sdk.Profile) error { <-hang; return nil }}
	require.Contains(t, sdktest.One(t.Context(), "profile.deadline", p, "", nil).Seen, "did not return")
}

func TestTheLogCheckCatchesAValue(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	p := acme{profile: func(_ context.Context, r *sdk.ProfileRequest, _ *sdk.Profile) error {
		log.WriteString("looking for " + strings.ToUpper(r.Attributes.First("mail").Text))
		return nil
	}}
	require.Contains(t, sdktest.One(t.Context(), "profile.log", p, "", log.String).Seen, "a value was logged")
}
