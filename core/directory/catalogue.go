package directory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// Catalogues reads the roles and inboxes of a tenant.
func (s *Service) Catalogues(ctx context.Context, by sso.Actor, t sso.TenantID) (sso.Catalogues, error) {
	if err := by.MayAdminister("directory.catalogues", t); err != nil {
		return sso.Catalogues{}, err
	}
	return s.Store.Catalogues(ctx, t)
}

// SaveRoles replaces the roles. Errors: [sso.Invalid] with problems at roles[i]; [sso.RoleProtected] for a list without administrator;
// [sso.KeyInUse] with one problem for each role that is left out and in use. A role may not become exclusive while a mapping combines it with
// others ([sso.Invalid] at the mapping's fields); people who have it beside others keep both until their roles are changed.
func (s *Service) SaveRoles(ctx context.Context, by sso.Actor, t sso.TenantID, c sso.Catalogue) error {
	return s.ReplaceRoles(ctx, by, t, c, "")
}

// ReplaceRoles is SaveRoles of a list that was read at a [CatalogueRevision]; [sso.VersionConflict] when somebody saved another one since.
func (s *Service) ReplaceRoles(ctx context.Context, by sso.Actor, t sso.TenantID, c sso.Catalogue, expect string) error {
	const op = "directory.save_roles"
	if err := by.MayAdminister(op, t); err != nil {
		return err
	}
	if err := refuse(op, c.Check("roles")); err != nil {
		return err
	}
	if c.Index(sso.Administrator) < 0 {
		return sso.Refuse(op, sso.RoleProtected)
	}
	return s.Store.InTx(ctx, t, func(tx Tx) error {
		now, set, err := state(tx)
		if err != nil {
			return err
		}
		if err := expected(op, expect, CatalogueRevision(now.Roles)); err != nil {
			return err
		}
		if err := inUse(op, "roles", now.Roles, c, set.Roles, sso.RoleFields, tx.RoleHolders); err != nil {
			return err
		}
		clashes := slices.DeleteFunc(set.Roles.Check(sso.RoleFields, c), func(p sso.Problem) bool { return p.Code != sso.ExclusiveRole })
		if err := refuse(op, clashes); err != nil {
			return err
		}
		if err := tx.SaveRoles(c); err != nil {
			return err
		}
		return tx.Audit(s.entry(by, t, "roles.save", "roles").Changing(catalogueFields("roles", now.Roles), catalogueFields("roles", c)))
	})
}

// SaveInboxes replaces the inboxes. Errors: [sso.Invalid] with problems at inboxes[i]; [sso.KeyInUse] as for roles.
func (s *Service) SaveInboxes(ctx context.Context, by sso.Actor, t sso.TenantID, c sso.Catalogue) error {
	return s.ReplaceInboxes(ctx, by, t, c, "")
}

// ReplaceInboxes is SaveInboxes of a list that was read at a [CatalogueRevision]; [sso.VersionConflict] when somebody saved another one since.
func (s *Service) ReplaceInboxes(ctx context.Context, by sso.Actor, t sso.TenantID, c sso.Catalogue, expect string) error {
	const op = "directory.save_inboxes"
	if err := by.MayAdminister(op, t); err != nil {
		return err
	}
	ps := c.Check("inboxes")
	for i, e := range c {
		if e.Exclusive {
			ps.Add(sso.Failure, fmt.Sprintf("inboxes[%d].exclusive", i), sso.NotAllowed, "value", "true", "allowed", "false")
		}
	}
	if err := refuse(op, ps); err != nil {
		return err
	}
	return s.Store.InTx(ctx, t, func(tx Tx) error {
		now, set, err := state(tx)
		if err != nil {
			return err
		}
		if err := expected(op, expect, CatalogueRevision(now.Inboxes)); err != nil {
			return err
		}
		if err := inUse(op, "inboxes", now.Inboxes, c, set.Inboxes, sso.InboxFields, tx.InboxHolders); err != nil {
			return err
		}
		if err := tx.SaveInboxes(c); err != nil {
			return err
		}
		return tx.Audit(s.entry(by, t, "inboxes.save", "inboxes").Changing(catalogueFields("inboxes", now.Inboxes), catalogueFields("inboxes", c)))
	})
}

func state(tx Tx) (sso.Catalogues, sso.Settings, error) {
	c, err := tx.Catalogues()
	if err != nil {
		return sso.Catalogues{}, sso.Settings{}, err
	}
	set, err := tx.Settings()
	return c, set, err
}

// maxUses bounds how many places of one key an answer names.
const maxUses = 20

// inUse refuses to leave out keys that a mapping or a person still has.
func inUse(op, field string, before, after sso.Catalogue, m sso.Mapping, f sso.MappingFields, holders func(sso.Key) (int, error)) error {
	kept := map[sso.Key]bool{}
	for _, e := range after {
		kept[e.Key] = true
	}
	var ps sso.Problems
	for _, e := range before {
		if kept[e.Key] {
			continue
		}
		uses := m.Uses(f, e.Key)
		if more := len(uses) - maxUses; more > 0 {
			uses = append(uses[:maxUses:maxUses], fmt.Sprintf("%d more rows", more))
		}
		n, err := holders(e.Key)
		if err != nil {
			return err
		}
		if n > 0 {
			uses = append(uses, people(n))
		}
		if len(uses) > 0 {
			ps.Add(sso.Failure, field, sso.KeyInUse, "value", string(e.Key), "uses", strings.Join(uses, ", "))
		}
	}
	if len(ps) == 0 {
		return nil
	}
	first := ps[0].Params
	return sso.Refuse(op, sso.KeyInUse, "value", first["value"], "uses", first["uses"]).With(ps)
}

func people(n int) string {
	if n == 1 {
		return "1 user"
	}
	return fmt.Sprintf("%d users", n)
}

func catalogueFields(name string, c sso.Catalogue) sso.Fields {
	list := make([]sso.Fields, len(c))
	for i, e := range c {
		list[i] = sso.Fields{"key": e.Key, "name": e.Name}
		if e.Exclusive {
			list[i]["exclusive"] = true
		}
	}
	return sso.Fields{name: list}
}
