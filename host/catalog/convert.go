package catalog

import (
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/sdk"
)

// The twins of core/sso and sdk meet here and nowhere else: core does not know the SDK, and the SDK does not know core.

func manifestOf(p sdk.Provider) sso.Manifest {
	m := p.Manifest()
	_, provisions := p.(sdk.Provisioner)
	out := sso.Manifest{
		Key: sso.ProviderKey(m.Key), Name: m.Name, Version: m.Version, Vendor: m.Vendor, MetadataHelp: m.MetadataHelp,
		Capabilities: sso.Capabilities{
			MetadataURL: m.Capabilities.MetadataURL,
			JIT:         provisions && m.Capabilities.JIT,
			Profile:     provisions,
			ForceAuthn:  m.Capabilities.ForceAuthn,
		},
	}
	for _, s := range m.Guide {
		out.Guide = append(out.Guide, sso.GuideStep(s))
	}
	for _, h := range m.AttributeHints {
		out.AttributeHints = append(out.AttributeHints, sso.AttributeHint{Name: h.Name, Label: h.Label, For: string(h.For), Example: h.Example})
	}
	return out
}

func adviceOf(a *sdk.MetadataAdvice) sso.MetadataAdvice {
	return sso.MetadataAdvice{EntityID: cut(a.EntityID, maxWords), Problems: problemsOf(a.Problems), Request: hintsOf(a.Request)}
}

func hintsOf(h sdk.RequestHints) sso.RequestHints {
	out := sso.RequestHints{NameIDFormat: cut(h.NameIDFormat, maxWords), Sign: h.Sign}
	for _, class := range h.AuthnContexts[:min(len(h.AuthnContexts), maxClasses)] {
		out.AuthnContexts = append(out.AuthnContexts, cut(class, maxWords))
	}
	return out
}

// Bounds of a plugin's own words.
const (
	maxProblems = 50
	maxClasses  = 10      // of authentication contexts; SAML names some thirty, a provider wants one or two
	maxWords    = 2 << 10 // bytes
)

func problemsOf(in []sdk.Problem) sso.Problems {
	var out sso.Problems
	for _, p := range in[:min(len(in), maxProblems)] {
		out = append(out, sso.Problem{
			Severity: sso.Severity(p.Severity), Field: cut(p.Field, maxWords), Code: sso.Code(cut(p.Code, maxWords)),
			Summary: cut(p.Summary, maxWords), Fix: cut(p.Fix, maxWords),
		})
	}
	return out
}

func requestOf(a sso.Assertion) *sdk.ProfileRequest {
	r := &sdk.ProfileRequest{IDPEntityID: a.IDPEntityID, NameID: sdk.NameID{Value: a.NameID.Value, Format: a.NameID.Format}}
	for _, at := range a.Attributes {
		r.Attributes = append(r.Attributes, sdk.Attribute(at))
	}
	return r
}

func profileOf(p *sdk.Profile) sso.Profile {
	out := sso.Profile{
		Subject: valueOf(p.Subject), Email: valueOf(p.Email), GivenName: valueOf(p.GivenName), FamilyName: valueOf(p.FamilyName),
		DisplayName: valueOf(p.DisplayName), GroupsUnknown: p.GroupsUnknown, Problems: problemsOf(p.Problems),
	}
	for _, g := range p.Groups {
		out.Groups = append(out.Groups, valueOf(g))
	}
	return out
}

func valueOf(v sdk.Value) sso.Value { return sso.Value{Text: v.Text, From: v.From, Op: sso.Op(v.Op)} }
