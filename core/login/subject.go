package login

import (
	"context"

	"github.com/idplug/idplug/core/sso"
)

// subject is whom an assertion is about: an identity, and a profile where the plugin was asked.
type subject struct {
	identity sso.Identity // zero while only a plugin can tell (transient NameID, attribute not learnt yet)
	profile  *sso.Profile // nil: the plugin was not asked
	plugin   sso.Manifest // of the plugin that gave the profile; what it offers holds for this login, be it gone a moment later
	learnt   string       // subject attribute to remember on the connection, "" when nothing is new
}

// identify finds the identity without a plugin: by NameID, or by the attribute that an earlier login learnt.
func (a *attempt) identify() {
	id, ok := sso.IdentityOf(a.Tenant, a.assertion)
	if !ok && a.target.Connection.SubjectAttribute != "" {
		id, ok = sso.IdentityByAttribute(a.Tenant, a.assertion, a.target.Connection.SubjectAttribute)
	}
	if ok {
		a.subject.identity = id
	}
}

// askPlugin gets the profile, and from it the identity where the NameID is transient.
func (s *Service) askPlugin(ctx context.Context, a *attempt) error {
	const op = "login.profile"
	provider, err := s.Providers.Provider(a.target.Settings.Provider)
	if err != nil {
		return sso.Refuse(op, sso.ProviderUnavailable, "provider", string(a.target.Settings.Provider)).Because(err)
	}
	profile, err := provider.Profile(ctx, a.assertion)
	if err != nil {
		return err
	}
	a.subject.profile, a.subject.plugin = &profile, provider.Manifest()
	a.heed(profile.Problems)
	if a.subject.identity != (sso.Identity{}) {
		return nil
	}
	attribute := profile.Subject.From
	id, ok := sso.IdentityByAttribute(a.Tenant, a.assertion, attribute)
	if !ok || attribute == sso.FromNameID {
		return sso.Refuse(op, sso.SubjectMissing)
	}
	a.subject.identity, a.subject.learnt = id, attribute
	return nil
}

// heed puts what the plugin found missing or odd into the trace, in the words of its provider's console. What is good to know is a check that passed.
func (a *attempt) heed(found sso.Problems) {
	for _, p := range found {
		step := sso.Step{Name: "profile", Expected: p.Fix, Got: p.Summary}
		if p.Severity != sso.Info {
			step.Code = p.Code
		}
		a.steps = append(a.steps, step)
	}
}

// evidence is what the mappings are tried against.
func (a *attempt) evidence() sso.Evidence {
	var p sso.Profile
	if a.subject.profile != nil {
		p = *a.subject.profile
	}
	return p.Evidence(a.assertion)
}

// emailAttribute names the attribute to map when the profile holds no e-mail: what the plugin expects, else "email".
func (a *attempt) emailAttribute() string {
	for _, h := range a.subject.plugin.AttributeHints {
		if h.For == "email" {
			return h.Name
		}
	}
	return sso.EmailAttribute
}
