package settings

import (
	"context"
	"errors"

	"github.com/idplug/idplug/core/sso"
)

// terms say how a connection is judged.
type terms struct {
	live  bool // logins depend on it once it is saved: SSO is on and this provider is the active one
	fresh bool // this save puts it into service
	// pasted is how unusable XML counts that came with the draft. Failure: the administrator is looking at it. Warning: the save must not
	// fail because of metadata, so the XML is left out.
	pasted sso.Severity
	// refusedURL is how a URL counts that came with the draft although the provider publishes no metadata.
	refusedURL sso.Severity
	// moved is how it counts that the address in force describes another identity provider than it did, "" for not at all. Failure: logins depend
	// on it, and nobody said that they should go elsewhere. Warning: the save must not fail because of metadata, so what is in force stays.
	moved     sso.Severity
	selecting bool // see ConnectionDraft.merge
}

// errSilent: the plugin was asked and did not answer.
var errSilent = errors.New("settings: the plugin did not answer")

// connect makes the connection that a draft leads to, as rule 3 says, with everything that is wrong or odd. A stored document is always
// usable: what cannot carry logins never replaces one that can, and never becomes the first.
func (s *Service) connect(ctx context.Context, kept sso.Connection, d ConnectionDraft, p plugin, t terms) (sso.Connection, sso.Problems, error) {
	next, ps, err := s.judge(ctx, kept, d, p, t)
	if errors.Is(err, errSilent) {
		next, ps, err = s.judge(ctx, kept, d, p.silenced(), t)
	}
	if err != nil {
		return sso.Connection{}, nil, err
	}
	if next.IdP.EntityID != kept.IdP.EntityID {
		next.SubjectAttribute = "" // it was learnt of other people
	}
	if !next.SameContent(kept) {
		next.Revision = kept.Revision + 1
	}
	return next, ps, nil
}

func (s *Service) judge(ctx context.Context, kept sso.Connection, d ConnectionDraft, p plugin, t terms) (sso.Connection, sso.Problems, error) {
	next, ps := d.merge(kept, t.selecting)
	given := ""
	if text(d.MetadataXML) != "" {
		given = *d.MetadataXML
	}
	if p.ready == nil {
		changed := next.MetadataURL != kept.MetadataURL || next.ChosenEntityID != kept.ChosenEntityID || (given != "" && given != kept.MetadataXML)
		refused := t.live && (changed || t.fresh)
		if refused {
			return next, append(ps, p.trouble(sso.Failure)...), nil
		}
		ps = append(ps, p.trouble(sso.Warning)...)
		if !changed {
			return next, ps, nil // nothing to look at, and nobody to look at a document that a fetch would bring
		}
	}
	r := reader{Service: s, plugin: p, terms: t, kept: kept, given: given}
	if next.MetadataURL != "" && p.takesURL() {
		next, more, err := r.fetched(ctx, next)
		return next, append(ps, more...), err
	}
	if next.MetadataURL != "" {
		severity := sso.Warning
		if text(d.MetadataURL) != "" {
			severity = t.refusedURL
			next.MetadataURL = ""
		}
		ps.Add(severity, fieldURL, sso.MetadataURLRefused, "help", p.manifest.MetadataHelp)
	}
	next, more, err := r.pasted(ctx, next)
	return next, append(ps, more...), err
}

// reader reads the documents of one save.
type reader struct {
	*Service
	plugin plugin
	terms  terms
	kept   sso.Connection
	given  string // XML of the draft, "" for none
}

// fetched is a connection with a URL. It is fetched every time and wins over XML. What was fetched and is unusable counts as a fetch that
// failed: a provider's broken publication must not refuse the save of a working tenant.
func (r reader) fetched(ctx context.Context, next sso.Connection) (sso.Connection, sso.Problems, error) {
	before := next
	trouble, err := r.fetch(ctx, &next)
	if err != nil {
		return next, nil, err
	}
	if trouble == nil {
		moved, err := r.moved(ctx, next)
		if err != nil || moved == nil {
			return next, nil, err
		}
		return before, moved, nil
	}
	failed := trouble[0]
	failed.Severity = sso.Warning
	next.FetchProblem = &failed
	instead := r.given
	if instead == "" && next.ChosenEntityID != r.kept.ChosenEntityID {
		instead = r.kept.MetadataXML
	}
	if instead != "" {
		doc, err := r.read(ctx, []byte(instead), "", next.ChosenEntityID)
		if err != nil {
			return next, nil, err
		}
		if doc.usable() {
			next = doc.into(next)
		}
	}
	if r.terms.live && !next.HasMetadata() {
		return next, trouble, nil
	}
	return next, trouble.Demoted(), nil
}

// moved says that an address which is as it was came to describe another identity provider while logins depend on it: whoever can change that
// document would choose who signs people in. Choosing the entity, or pasting XML of it, is an administrator's word that it should be so.
func (r reader) moved(ctx context.Context, next sso.Connection) (sso.Problems, error) {
	was, is := r.kept.IdP.EntityID, next.IdP.EntityID
	silent := r.terms.moved != "" && was != "" && was != is && next.MetadataURL == r.kept.MetadataURL && next.ChosenEntityID == r.kept.ChosenEntityID
	if !silent {
		return nil, nil
	}
	if r.given != "" && r.given != r.kept.MetadataXML {
		doc, err := r.read(ctx, []byte(r.given), "", next.ChosenEntityID)
		if err != nil || (doc.usable() && doc.document.IdP.EntityID == is) {
			return nil, err
		}
	}
	var ps sso.Problems
	ps.Add(r.terms.moved, fieldURL, sso.MetadataEntityChanged, "kept", was, "found", is)
	return ps, nil
}

// fetch gets and reads the document at next's URL into next, or says what is wrong with it.
func (r reader) fetch(ctx context.Context, next *sso.Connection) (trouble sso.Problems, err error) {
	raw, err := r.Documents.Fetch(ctx, next.MetadataURL)
	if err != nil {
		if trouble, err = problemOf(err, fieldURL); err != nil {
			return nil, err
		}
		advice, err := r.advise(ctx, nil, next.MetadataURL, next.ChosenEntityID)
		return append(trouble, advice.Problems.Failures()...), err
	}
	doc, err := r.read(ctx, raw, next.MetadataURL, next.ChosenEntityID)
	if err != nil {
		return nil, err
	}
	if !doc.usable() {
		return at(fieldURL, doc.failures), nil
	}
	*next = doc.into(*next)
	next.FetchProblem, next.FetchedAt = nil, r.Now()
	return nil, nil
}

// pasted is a connection without a URL. Its XML is read at every save, so that what a replaced plugin says of it is known. The stored one
// was usable when it was stored; what is said against it now only warns, because a save must not break a working login.
func (r reader) pasted(ctx context.Context, next sso.Connection) (sso.Connection, sso.Problems, error) {
	raw := r.given
	if raw == "" {
		raw = r.kept.MetadataXML
	}
	if raw == "" {
		return next, nil, nil
	}
	doc, err := r.read(ctx, []byte(raw), "", next.ChosenEntityID)
	switch {
	case err != nil:
		return next, nil, err
	case doc.usable():
		return doc.into(next), nil, nil
	case raw == r.kept.MetadataXML && next.ChosenEntityID == r.kept.ChosenEntityID:
		return next, at(fieldXML, doc.failures).Demoted(), nil
	}
	next.ChosenEntityID = r.kept.ChosenEntityID
	ps := at(fieldXML, doc.failures)
	if r.terms.pasted != sso.Failure {
		ps = ps.Demoted()
	}
	return next, ps, nil
}
