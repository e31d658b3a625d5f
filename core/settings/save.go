package settings

import (
	"context"
	"slices"
	"strconv"

	"github.com/idplug/idplug/core/sso"
)

// Save saves the whole document if its version is still expect, or nothing of it. Everything that is wrong is named in one answer, by field:
// an error with code [sso.Invalid] and problems. Other errors: [sso.VersionConflict] with the parameter version, [sso.Forbidden],
// [sso.NotFound].
//
// With UseSSO off, nothing that is missing refuses: no metadata, a fetch that fails or a plugin that is down is a warning. What is wrong with
// the draft itself is refused all the same: mappings, options, a provider that nobody has heard of, pasted XML that is unusable, a URL for a
// provider that takes none. The save that turns SSO off must not fail because of metadata or plugin: there the last two are warnings, too.
func (s *Service) Save(ctx context.Context, by sso.Actor, t sso.TenantID, d Draft, expect int64) (View, error) {
	const op = "settings.save"
	if err := by.MayAdminister(op, t); err != nil {
		return View{}, err
	}
	before, catalogues, err := s.Store.State(ctx, t)
	if err != nil {
		return View{}, err
	}
	if before.Version != expect {
		return View{}, conflict(op, before.Version)
	}
	next := d.settings(t)
	next.Version, next.UpdatedAt, next.UpdatedBy = expect+1, s.Now(), by.String()
	kept, connection, ps, err := s.weigh(ctx, before, next, catalogues, d.Connection)
	if err != nil {
		return View{}, err
	}
	if failures := ps.Failures(); len(failures) > 0 {
		return View{}, sso.Refuse(op, sso.Invalid).With(failures)
	}
	old, err := s.active(ctx, before, kept)
	if err != nil {
		return View{}, err
	}
	c := Change{
		Tenant: t, Settings: &next, ExpectVersion: expect, End: ends(before, next, by),
		Audit: entry(by, next.UpdatedAt, t, "sso.save", "sso", document(&before, old), document(&next, connection)),
	}
	c.put(kept, connection)
	if err := s.Store.Save(ctx, c); err != nil {
		return View{}, err
	}
	return s.view(next, connection, catalogues, ps), nil
}

// weigh judges the whole draft and makes the connection that it leads to; kept is what was stored of that connection.
func (s *Service) weigh(ctx context.Context, before, next sso.Settings, catalogues sso.Catalogues, d ConnectionDraft) (kept, c sso.Connection, ps sso.Problems, err error) {
	p := s.plugin(next.Provider)
	ps = next.Check(before, p.capabilities(), catalogues)
	switched := next.Provider != before.Provider
	switch {
	case next.Provider == "":
		if next.UseSSO {
			ps = append(ps, p.trouble(sso.Failure)...)
		}
	case !next.Provider.Valid(): // Check said so
	case switched && p.unknown:
		ps.Add(sso.Failure, fieldProvider, sso.ProviderUnknown, "value", string(next.Provider))
	default:
		if kept, err = s.Store.Connection(ctx, next.Tenant, next.Provider); err != nil {
			return kept, c, nil, err
		}
		var more sso.Problems
		if c, more, err = s.connect(ctx, kept, d, p, termsOf(before, next)); err != nil {
			return kept, c, nil, err
		}
		ps = append(ps, more...)
	}
	if next.UseSSO && !faulty(ps) && (p.ready != nil || !d.gives()) {
		ps = append(ps, c.Missing()...)
	}
	return kept, c, ps, nil
}

func termsOf(before, next sso.Settings) terms {
	switched := next.Provider != before.Provider
	t := terms{
		live: next.UseSSO, fresh: next.UseSSO && (switched || !before.UseSSO), selecting: switched,
		pasted: sso.Failure, refusedURL: sso.Failure,
	}
	if before.UseSSO && !next.UseSSO {
		t.pasted, t.refusedURL = sso.Warning, sso.Warning
	}
	switch {
	case before.UseSSO && !next.UseSSO:
		t.moved = sso.Warning
	case t.live && !t.fresh:
		t.moved = sso.Failure
	}
	return t
}

// faulty reports whether problems already say why there is no usable metadata.
func faulty(ps sso.Problems) bool {
	return slices.ContainsFunc(ps.Failures(), func(p sso.Problem) bool {
		return p.Field == fieldURL || p.Field == fieldXML || p.Field == fieldEntityID
	})
}

// ends is rule 7: turning SSO on ends password sessions but the saving one, leaving a provider ends its sessions, turning SSO off ends none. What
// leaving an identity provider for another one of the same kind ends, [Change.put] adds.
func ends(before, next sso.Settings, by sso.Actor) EndSessions {
	var e EndSessions
	if next.UseSSO && !before.UseSSO {
		e.Passwords, e.Except = true, by.Session
	}
	if next.Provider != before.Provider {
		e.Provider = before.Provider
	}
	return e
}

// active is the connection of the settings' provider; known is one that may be it already.
func (s *Service) active(ctx context.Context, set sso.Settings, known sso.Connection) (sso.Connection, error) {
	switch set.Provider {
	case "":
		return sso.Connection{}, nil
	case known.Provider:
		return known, nil
	}
	return s.Store.Connection(ctx, set.Tenant, set.Provider)
}

// put adds the connection to the change when something of it is new. Another entity ID is another identity provider, though the key of the plugin
// is the same: whoever the left one let in must come again, as after a switch.
func (c *Change) put(kept, next sso.Connection) {
	unchanged := next.SameContent(kept) && next.FetchedAt.Equal(kept.FetchedAt) && slices.EqualFunc(next.Notes, kept.Notes, sso.Problem.Same) &&
		slices.EqualFunc(failed(next), failed(kept), sso.Problem.Same)
	if next.Provider != "" && !unchanged {
		c.Connection, c.ExpectRevision = &next, kept.Revision
	}
	if left := kept.IdP.EntityID; left != "" && left != next.IdP.EntityID && kept.Provider == next.Provider && c.End.Provider == "" {
		c.End.Provider, c.End.EntityID = next.Provider, next.IdP.EntityID
	}
}

func failed(c sso.Connection) sso.Problems {
	if c.FetchProblem == nil {
		return nil
	}
	return sso.Problems{*c.FetchProblem}
}

func conflict(op string, version int64) error {
	return sso.Refuse(op, sso.VersionConflict, "version", strconv.FormatInt(version, 10))
}
