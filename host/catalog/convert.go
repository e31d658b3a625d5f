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
	return sso.MetadataAdvice{EntityID: a.EntityID, Problems: problemsOf(a.Problems), Request: sso.RequestHints(a.Request)}
}

// Bounds of a plugin's own words.
const (
	maxProblems = 50
	maxWords    = 2 << 10
)

func problemsOf(in []sdk.Problem) sso.Problems {
	if len(in) > maxProblems {
		in = in[:maxProblems]
	}
	var out sso.Problems
	for _, p := range in {
		out = append(out, sso.Problem{
			Severity: sso.Severity(p.Severity), Field: clip(p.Field), Code: sso.Code(clip(p.Code)), Summary: clip(p.Summary), Fix: clip(p.Fix),
		})
	}
	return out
}

func clip(s string) string {
	if len(s) > maxWords {
		s = s[:maxWords]
	}
	return s
}

func requestOf(a sso.Assertion) *sdk.ProfileRequest {
	r := &sdk.ProfileRequest{IDPEntityID: a.IDPEntityID, NameID: sdk.NameID(a.NameID)}
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
