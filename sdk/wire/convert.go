package wire

import (
	"context"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/internal/pb"
)

func contextToPB(ctx context.Context) *pb.CallContext {
	c := sdk.CallOf(ctx)
	return &pb.CallContext{RequestId: c.RequestID, Traceparent: c.Traceparent}
}

func callFromPB(c *pb.CallContext) sdk.Call {
	return sdk.Call{RequestID: c.GetRequestId(), Traceparent: c.GetTraceparent()}
}

func manifestToPB(m sdk.Manifest) *pb.Manifest {
	return &pb.Manifest{
		Key: m.Key, Name: m.Name, Version: m.Version, Vendor: m.Vendor, Homepage: m.Homepage, MetadataHelp: m.MetadataHelp,
		Capabilities: &pb.Capabilities{
			MetadataUrl: m.Capabilities.MetadataURL, Jit: m.Capabilities.JIT, ForceAuthn: m.Capabilities.ForceAuthn,
		},
		Guide: each(m.Guide, func(s sdk.GuideStep) *pb.GuideStep { return &pb.GuideStep{Title: s.Title, Text: s.Text} }),
		AttributeHints: each(m.AttributeHints, func(h sdk.AttributeHint) *pb.AttributeHint {
			return &pb.AttributeHint{Name: h.Name, Label: h.Label, For: string(h.For), Example: h.Example}
		}),
	}
}

func manifestFromPB(m *pb.Manifest) sdk.Manifest {
	return sdk.Manifest{
		Key: m.GetKey(), Name: m.GetName(), Version: m.GetVersion(), Vendor: m.GetVendor(), Homepage: m.GetHomepage(), MetadataHelp: m.GetMetadataHelp(),
		Capabilities: sdk.Capabilities{
			MetadataURL: m.GetCapabilities().GetMetadataUrl(), JIT: m.GetCapabilities().GetJit(), ForceAuthn: m.GetCapabilities().GetForceAuthn(),
		},
		Guide: each(m.GetGuide(), func(s *pb.GuideStep) sdk.GuideStep { return sdk.GuideStep{Title: s.GetTitle(), Text: s.GetText()} }),
		AttributeHints: each(m.GetAttributeHints(), func(h *pb.AttributeHint) sdk.AttributeHint {
			return sdk.AttributeHint{Name: h.GetName(), Label: h.GetLabel(), For: sdk.ProfileField(h.GetFor()), Example: h.GetExample()}
		}),
	}
}

func metadataRequestToPB(ctx context.Context, r *sdk.MetadataRequest) *pb.MetadataRequest {
	return &pb.MetadataRequest{Context: contextToPB(ctx), Document: r.Document, SourceUrl: r.SourceURL, EntityId: r.EntityID}
}

func metadataRequestFromPB(r *pb.MetadataRequest) *sdk.MetadataRequest {
	return &sdk.MetadataRequest{Document: r.GetDocument(), SourceURL: r.GetSourceUrl(), EntityID: r.GetEntityId()}
}

func adviceToPB(a *sdk.MetadataAdvice) *pb.MetadataResponse {
	return &pb.MetadataResponse{
		EntityId: a.EntityID,
		Problems: each(a.Problems, problemToPB),
		Request:  &pb.RequestHints{NameIdFormat: a.Request.NameIDFormat, AuthnContexts: a.Request.AuthnContexts, Sign: a.Request.Sign},
	}
}

func adviceFromPB(r *pb.MetadataResponse) *sdk.MetadataAdvice {
	h := r.GetRequest()
	return &sdk.MetadataAdvice{
		EntityID: r.GetEntityId(),
		Problems: each(r.GetProblems(), problemFromPB),
		Request:  sdk.RequestHints{NameIDFormat: h.GetNameIdFormat(), AuthnContexts: h.GetAuthnContexts(), Sign: h.GetSign()},
	}
}

// A severity outside the list becomes an error on the way out, and a warning on the way in: a provider's slip must not hide a problem, and a
// plugin that is newer than its host must not refuse in a way the host cannot name.
func problemToPB(p sdk.Problem) *pb.Problem {
	severity, known := severities[p.Severity]
	if !known {
		severity = pb.Severity_SEVERITY_ERROR
	}
	return &pb.Problem{Severity: severity, Field: p.Field, Code: p.Code, Summary: p.Summary, Fix: p.Fix}
}

func problemFromPB(p *pb.Problem) sdk.Problem {
	out := sdk.Problem{Severity: sdk.SeverityWarning, Field: p.GetField(), Code: p.GetCode(), Summary: p.GetSummary(), Fix: p.GetFix()}
	for severity, number := range severities {
		if number == p.GetSeverity() {
			out.Severity = severity
		}
	}
	return out
}

var severities = map[sdk.Severity]pb.Severity{
	sdk.SeverityError:   pb.Severity_SEVERITY_ERROR,
	sdk.SeverityWarning: pb.Severity_SEVERITY_WARNING,
	sdk.SeverityInfo:    pb.Severity_SEVERITY_INFO,
}

// each converts a slice; nothing stays nil.
func each[A, B any](in []A, convert func(A) B) []B {
	if len(in) == 0 {
		return nil
	}
	out := make([]B, len(in))
	for i, a := range in {
		out[i] = convert(a)
	}
	return out
}
