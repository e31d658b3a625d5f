package directory

import (
	"context"

	"github.com/idplug/idplug/core/sso"
)

// LoginQuery selects traces of logins.
type LoginQuery struct {
	Page
	Outcome string   // "" for all
	Code    sso.Code // "" for all
}

// AuditQuery selects changes.
type AuditQuery struct {
	Page
	Action string // "" for all
	Actor  string // as [sso.Actor.String] gives it, "" for all
}

// Logins lists traces of logins, newest first; next is "" on the last part.
func (s *Service) Logins(ctx context.Context, by sso.Actor, t sso.TenantID, q LoginQuery) (part []sso.LoginRecord, next string, err error) {
	if err := by.MayAdminister("directory.logins", t); err != nil {
		return nil, "", err
	}
	q.Page = q.bounded()
	return s.Store.Logins(ctx, t, q)
}

// Brought is a sign-in with the attributes that the provider sent.
type Brought struct {
	Login      sso.LoginRecord
	Attributes sso.Attributes
}

// LatestAttributes are the latest sign-ins, of at most [DefaultPage], whose attributes are kept: newest first, refused ones and tests as well. What was
// sealed under a master key that is gone is left out.
func (s *Service) LatestAttributes(ctx context.Context, by sso.Actor, t sso.TenantID) (out []Brought, err error) {
	logins, _, err := s.Logins(ctx, by, t, LoginQuery{})
	for _, r := range logins {
		if as, err := r.OpenAttributes(s.Sealer); err == nil && len(as) > 0 {
			out = append(out, Brought{r, as})
		}
	}
	return out, err
}

// Audit lists changes, newest first; next is "" on the last part. Without a tenant it lists the deployment's own, for the operator.
func (s *Service) Audit(ctx context.Context, by sso.Actor, t sso.TenantID, q AuditQuery) (part []sso.AuditEntry, next string, err error) {
	const op = "directory.audit"
	err = by.MayAdminister(op, t)
	if t == "" {
		err = by.MayOperate(op)
	}
	if err != nil {
		return nil, "", err
	}
	q.Page = q.bounded()
	return s.Store.Audit(ctx, t, q)
}
