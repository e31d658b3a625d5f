package main

import (
	"fmt"
	"slices"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host"
)

// explanationRow is an explanation for machines.
func explanationRow(e host.Explanation) map[string]any {
	doc := map[string]any{
		"verified": false, "plugin": map[string]string{"key": string(e.Plugin.Key), "name": e.Plugin.Name, "version": e.Plugin.Version},
	}
	if m := e.Metadata; m != nil {
		doc["kind"], doc["refused"] = "metadata", refusedRow(m.Refused)
		doc["entity_id"], doc["sso"] = m.IdP.EntityID, endpointRows(m.IdP.SSO)
		doc["problems"] = problemRows(append(m.Advice.Problems, m.Notes...))
		doc["request"] = map[string]any{
			"name_id_format": m.Advice.Request.NameIDFormat, "authn_contexts": slices.Concat([]string{}, m.Advice.Request.AuthnContexts), "sign": m.Advice.Request.Sign,
		}
		return doc
	}
	r := e.Response
	doc["kind"], doc["refused"], doc["signed"] = "response", refusedRow(r.Refused), r.Signed
	doc["issuer"] = r.Assertion.IDPEntityID
	doc["name_id"] = map[string]string{"value": r.Assertion.NameID.Value, "format": r.Assertion.NameID.Format}
	doc["attributes"] = attributeRows(r.Assertion.Attributes)
	doc["profile"], doc["groups_unknown"] = profileFields(r.Profile), r.Profile.GroupsUnknown
	doc["problems"] = problemRows(r.Profile.Problems)
	for _, g := range []*host.GrantedMapping{r.Roles, r.Inboxes} {
		if g != nil {
			doc[g.Fields.Grant] = grantedRow(g)
		}
	}
	return doc
}

func refusedRow(err error) any {
	if err == nil {
		return nil
	}
	return map[string]string{"code": string(sso.CodeOf(err)), "words": explain(err)}
}

func endpointRows(in []sso.Endpoint) []map[string]string {
	out := []map[string]string{}
	for _, e := range in {
		out = append(out, map[string]string{"binding": e.Binding, "url": e.URL})
	}
	return out
}

func attributeRows(in sso.Attributes) []map[string]any {
	out := []map[string]any{}
	for _, a := range in {
		out = append(out, map[string]any{"name": a.Name, "friendly_name": a.FriendlyName, "values": slices.Concat([]string{}, a.Values)})
	}
	return out
}

func problemRows(in sso.Problems) []map[string]string {
	out := []map[string]string{}
	for _, p := range in {
		summary, fix := p.Words()
		out = append(out, map[string]string{"severity": string(p.Severity), "field": p.Field, "code": string(p.Code), "summary": summary, "fix": fix})
	}
	return out
}

func grantedRow(g *host.GrantedMapping) map[string]any {
	matched := []string{}
	for _, i := range g.Matched {
		matched = append(matched, fmt.Sprintf("%s[%d]", g.Fields.Rows, i))
	}
	return map[string]any{
		"granted": slices.Concat([]sso.Key{}, g.Keys), "matched": matched, "defaulted": g.Defaulted, "dropped": slices.Concat([]sso.Key{}, g.Dropped),
	}
}
