package catalog

import (
	"context"
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/sdk"
)

// Limits of calls.
const (
	metadataTimeout = 5 * time.Second
	profileTimeout  = 1800 * time.Millisecond // with all retries: a login's answer comes within 2 s
	maxCalls        = 64                      // at once per plugin
)

// provider presents a unit as an [sso.Provider].
type provider struct {
	unit     *unit
	manifest sso.Manifest
}

var _ sso.Provider = provider{}

func (p provider) Manifest() sso.Manifest { return p.manifest }

func (p provider) Metadata(ctx context.Context, q sso.MetadataQuery) (sso.MetadataAdvice, error) {
	var advice *sdk.MetadataAdvice
	err := p.unit.call(ctx, call{
		op: "catalog.metadata", method: methodMetadata, limit: metadataTimeout, origin: p.unit.seed.document(q),
		do: func(ctx context.Context, sp sdk.Provider) (err error) {
			advice, err = sp.Metadata(ctx, &sdk.MetadataRequest{Document: q.Document, SourceURL: q.SourceURL, EntityID: q.EntityID})
			return err
		},
	})
	if err != nil {
		return sso.MetadataAdvice{}, err
	}
	out := adviceOf(advice)
	p.unit.fixtures.record(p.unit.key, q, out)
	return out, nil
}

func (p provider) Profile(ctx context.Context, a sso.Assertion) (sso.Profile, error) {
	const op = "catalog.profile"
	if !p.manifest.Capabilities.Profile {
		return sso.Profile{}, nil // no profile is an answer: it has no e-mail
	}
	var raw *sdk.Profile
	err := p.unit.call(ctx, call{
		op: op, method: methodProfile, limit: profileTimeout, origin: p.unit.seed.assertion(a),
		do: func(ctx context.Context, sp sdk.Provider) (err error) {
			provisioner, ok := sp.(sdk.Provisioner)
			if !ok { // replaced by a version that has no profiles
				raw = &sdk.Profile{}
				return nil
			}
			raw, err = provisioner.Profile(ctx, requestOf(a))
			return err
		},
	})
	if err != nil {
		return sso.Profile{}, err
	}
	profile := profileOf(raw)
	if name := profile.Unproven(a); name != "" {
		return sso.Profile{}, sso.Refuse(op, sso.PluginUnprovenValue, "value", name)
	}
	return profile, nil
}
