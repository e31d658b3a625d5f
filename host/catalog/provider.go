package catalog

import (
	"context"
	"errors"
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

// Limits of calls.
const (
	metadataTimeout = 5 * time.Second
	profileTimeout  = 2 * time.Second // with its retry
	maxCalls        = 64              // at once per plugin
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
	err := p.unit.call(ctx, "catalog.metadata", metadataTimeout, func(ctx context.Context, sp sdk.Provider) (err error) {
		advice, err = sp.Metadata(ctx, &sdk.MetadataRequest{Document: q.Document, SourceURL: q.SourceURL, EntityID: q.EntityID})
		return err
	})
	if err != nil {
		return sso.MetadataAdvice{}, err
	}
	return adviceOf(advice), nil
}

func (p provider) Profile(ctx context.Context, a sso.Assertion) (sso.Profile, error) {
	const op = "catalog.profile"
	if !p.manifest.Capabilities.Profile {
		return sso.Profile{}, nil // no profile is an answer: it has no e-mail
	}
	var raw *sdk.Profile
	err := p.unit.call(ctx, op, profileTimeout, func(ctx context.Context, sp sdk.Provider) (err error) {
		provisioner, ok := sp.(sdk.Provisioner)
		if !ok { // replaced by a version that has no profiles
			raw = &sdk.Profile{}
			return nil
		}
		raw, err = provisioner.Profile(ctx, requestOf(a))
		return err
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

// call makes one call of a plugin: bounded in number and time, and made once more on the next process when the first one died under it. That is
// safe because calls are pure: a plugin has no state and no effects.
func (u *unit) call(ctx context.Context, op string, limit time.Duration, do func(context.Context, sdk.Provider) error) error {
	ctx, cancel := context.WithTimeout(ctx, u.patience(limit))
	defer cancel()
	select {
	case u.slots <- struct{}{}:
		defer func() { <-u.slots }()
	case <-ctx.Done():
		return sso.Refuse(op, sso.ProviderUnavailable, "provider", string(u.key)).Because(ctx.Err())
	}
	var died *instance
	for {
		i, err := u.serving(ctx, died)
		if err != nil {
			return sso.Refuse(op, sso.ProviderUnavailable, "provider", string(u.key)).Because(err)
		}
		if !i.begin() { // it drains; the next one serves already
			continue
		}
		err = do(ctx, i.provider)
		i.end()
		down := isDown(err, i) && ctx.Err() == nil
		if !down && ctx.Err() == nil {
			i.answered.Store(true) // a refusal is an answer, too
		}
		switch {
		case err == nil:
			return nil
		case !down || died != nil:
			return sso.Refuse(op, sso.ProviderUnavailable, "provider", string(u.key)).Because(err)
		}
		died = i
	}
}

// isDown reports whether a call failed because the process is gone, or going, rather than for what it was asked.
func isDown(err error, i *instance) bool {
	var f *wire.Failure
	if !errors.As(err, &f) {
		return false
	}
	select {
	case <-i.process.exited:
		return true
	default: // Cancelled, and not by the caller: its connection is being closed
		return f.Kind == wire.Down || f.Kind == wire.Cancelled
	}
}
