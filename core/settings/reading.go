package settings

import (
	"context"
	"errors"
	"slices"

	"github.com/idplug/idplug/core/sso"
)

// reading is what host and plugin made of one document.
type reading struct {
	document Document
	request  *sso.RequestHints // nil when no plugin was asked
	notes    sso.Problems
	failures sso.Problems
}

func (r reading) usable() bool { return len(r.failures) == 0 }

// into is the connection with the document in force.
func (r reading) into(c sso.Connection) sso.Connection {
	c.MetadataXML, c.IdP, c.Notes = r.document.XML, r.document.IdP, r.notes
	if r.request != nil {
		c.Request = *r.request
	}
	return c
}

// read has the plugin look at a document and the host read it. The host's reading decides what is in it; the plugin chooses among several
// entities where the administrator did not, says what is odd in its provider's words, and may refuse.
func (r reader) read(ctx context.Context, raw []byte, url, chosen string) (reading, error) {
	var out reading
	advice, err := r.advise(ctx, raw, url, chosen)
	if err != nil {
		return reading{}, err
	}
	if r.plugin.ready != nil {
		out.request = &advice.Request
	}
	out.document, err = r.Documents.Parse(raw, chosen)
	if sso.CodeOf(err) == sso.MetadataMultiple && chosen == "" && advice.EntityID != "" {
		out.document, err = r.Documents.Parse(raw, advice.EntityID)
	}
	if err != nil {
		if out.failures, err = problemOf(err, fieldXML); err != nil {
			return reading{}, err
		}
	} else {
		out.failures = sso.Connection{IdP: out.document.IdP}.Missing()
	}
	out.failures = append(out.failures, advice.Problems.Failures()...)
	out.notes = append(out.document.Notes, advice.Problems.Warnings()...)
	return out, nil
}

// advise asks the plugin, if there is one to ask. raw is empty when a fetch brought nothing and the question is what is wrong with the URL.
func (r reader) advise(ctx context.Context, raw []byte, url, chosen string) (sso.MetadataAdvice, error) {
	if r.plugin.ready == nil {
		return sso.MetadataAdvice{}, nil
	}
	advice, err := r.plugin.ready.Metadata(ctx, sso.MetadataQuery{Document: raw, SourceURL: url, EntityID: chosen})
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return sso.MetadataAdvice{}, ctx.Err()
	default:
		return sso.MetadataAdvice{}, errors.Join(errSilent, err)
	}
	advice.Problems = slices.Clone(advice.Problems)
	for i, p := range advice.Problems {
		if p.Field != fieldURL && p.Field != fieldXML {
			advice.Problems[i].Field = fieldXML
		}
	}
	return advice, nil
}

// problemOf makes a refusal of fetch or parse a problem of the field; an error that is no refusal is handed back.
func problemOf(err error, field string) (sso.Problems, error) {
	e, ok := errors.AsType[*sso.Error](err)
	if !ok {
		return nil, err
	}
	if e.Code == sso.MetadataEntityUnknown {
		field = fieldEntityID
	}
	return sso.Problems{{Severity: sso.Failure, Field: field, Code: e.Code, Params: e.Params}}, nil
}

// at moves problems of a document to the field it came from; what concerns the choice of the entity stays there.
func at(field string, ps sso.Problems) sso.Problems {
	for i := range ps {
		if ps[i].Field != fieldEntityID {
			ps[i].Field = field
		}
	}
	return ps
}
