package googleworkspace

import (
	"context"
	"errors"
	"strings"

	"github.com/idplug/idplug/sdk"
)

const product = "Google Workspace"

// Metadata recognises Google's file and the addresses that are pasted in its place.
func (Provider) Metadata(_ context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	ours, advice, err := sdk.Recognise(r, product)
	switch {
	case err == nil:
		advice.Problems = examine(ours)
		if ours.Product() == product {
			// Google's NameID has whatever format was asked for, transient included, and always the same value.
			advice.Request.NameIDFormat = sdk.NameIDEmail
		}
	case errors.Is(err, sdk.ErrNoMetadata):
		advice.Problems = explain(r.Address())
	}
	return advice, nil
}

func examine(e sdk.Entity) []sdk.Problem {
	problems := e.Stranger("google-workspace", download, product)
	if len(problems) > 0 {
		return problems
	}
	if !strings.Contains(e.ID, "?idpid=") {
		problems = append(problems, noAccount)
	}
	if e.HasWeakKey() {
		problems = append(problems, weakKey)
	}
	return append(problems, validity(e)...)
}

// validity tells when the file runs out, whatever day it is today: nobody fetches a new one by itself. Google dates it by its first
// certificate; the second may be good for years more.
func validity(e sdk.Entity) []sdk.Problem {
	if e.ValidUntil.IsZero() {
		return nil
	}
	p := endOfFile
	const day = "2 January 2006"
	p.Summary = "This file is good until " + e.ValidUntil.UTC().Format(day) + ", when its first certificate ends."
	last := e.ValidUntil
	for _, c := range e.Certificates {
		if c.NotAfter.After(last) {
			last = c.NotAfter
		}
	}
	if last.UTC().Format(day) != e.ValidUntil.UTC().Format(day) {
		p.Summary += " Another certificate in it is good until " + last.UTC().Format(day) + ", if the app was set to use that."
	}
	return []sdk.Problem{p}
}
