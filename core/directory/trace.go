package directory

import (
	"context"

	"github.com/idplug/idplug/core/sso"
)

// Logins lists traces of logins, newest first; next is "" on the last part.
func (s *Service) Logins(ctx context.Context, by sso.Actor, t sso.TenantID, p Page) (part []sso.LoginRecord, next string, err error) {
	if err := by.MayAdminister("directory.logins", t); err != nil {
		return nil, "", err
	}
	return s.Store.Logins(ctx, t, p.bounded())
}

// Audit lists changes, newest first; next is "" on the last part. Without a tenant it lists the deployment's own, for the operator.
func (s *Service) Audit(ctx context.Context, by sso.Actor, t sso.TenantID, p Page) (part []sso.AuditEntry, next string, err error) {
	const op = "directory.audit"
	err = by.MayAdminister(op, t)
	if t == "" {
		err = by.MayOperate(op)
	}
	if err != nil {
		return nil, "", err
	}
	return s.Store.Audit(ctx, t, p.bounded())
}
