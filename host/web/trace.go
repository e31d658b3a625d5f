package web

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

// ListLogins lists sign-ins, newest first.
func (s *apiServer) ListLogins(ctx context.Context, r api.ListLoginsRequestObject) (api.ListLoginsResponseObject, error) {
	p, err := page(r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	records, next, err := s.o.Directory.Logins(ctx, actorOf(ctx), sso.TenantID(r.Tenant), directory.LoginQuery{
		Page: p, Outcome: string(or(r.Params.Outcome)), Code: sso.Code(or(r.Params.Code)),
	})
	if err != nil {
		return nil, err
	}
	list := api.ListLogins200JSONResponse{Items: make([]api.Login, len(records)), Next: next}
	for i, record := range records {
		list.Items[i] = loginDocument(record)
	}
	return list, nil
}

// ListAudit lists changes, newest first.
func (s *apiServer) ListAudit(ctx context.Context, r api.ListAuditRequestObject) (api.ListAuditResponseObject, error) {
	p, err := page(r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	entries, next, err := s.o.Directory.Audit(ctx, actorOf(ctx), sso.TenantID(r.Tenant), directory.AuditQuery{
		Page: p, Action: or(r.Params.Action), Actor: or(r.Params.Actor),
	})
	if err != nil {
		return nil, err
	}
	list := api.ListAudit200JSONResponse{Items: make([]api.AuditEntry, len(entries)), Next: next}
	for i, e := range entries {
		list.Items[i] = api.AuditEntry{
			ID: e.ID, At: e.At.UTC(), Actor: e.Actor, Action: e.Action, Target: e.Target, Before: recorded(e.Before), After: recorded(e.After),
		}
	}
	return list, nil
}

func loginDocument(r sso.LoginRecord) api.Login {
	doc := api.Login{
		ID: r.ID, At: r.At.UTC(), RequestID: r.RequestID, User: string(r.User), Email: string(r.Email), Provider: string(r.Provider),
		Outcome: api.LoginOutcome(r.Outcome), Code: string(r.Code), Grants: r.Grants,
		Steps: make([]api.LoginStep, len(r.Steps)),
	}
	for i, step := range r.Steps {
		doc.Steps[i] = api.LoginStep{
			Name: step.Name, Code: orNull(string(step.Code)), Expected: orNull(step.Expected), Got: orNull(step.Got),
		}
	}
	return doc
}

// recorded is what an audit row holds, as the JSON it is.
func recorded(text string) jsontext.Value {
	if text == "" {
		return jsontext.Value("null")
	}
	return jsontext.Value(text)
}
