package directory

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// NewTenant is what the operator sends.
type NewTenant struct {
	Slug         sso.TenantID
	Name         string // "" takes the slug
	EmailDomains []string
}

// TenantPatch changes what is not nil.
type TenantPatch struct {
	Name         *string
	EmailDomains *[]string
	Disabled     *bool
}

// MaxEmailDomains bounds the domains of one tenant.
const MaxEmailDomains = 100

// CreateTenant makes a tenant with the default roles and no inboxes (operator). Errors: [sso.Invalid] with problems at slug, name and
// email_domains; [sso.SlugTaken], [sso.DomainTaken].
func (s *Service) CreateTenant(ctx context.Context, by sso.Actor, n NewTenant) (sso.Tenant, error) {
	const op = "directory.create_tenant"
	if err := by.MayOperate(op); err != nil {
		return sso.Tenant{}, err
	}
	t := sso.Tenant{ID: n.Slug, Name: strings.TrimSpace(n.Name), CreatedAt: s.Now()}
	var ps sso.Problems
	if !t.ID.Valid() {
		ps.Add(sso.Failure, "slug", sso.SlugInvalid)
	}
	if t.Name == "" {
		t.Name = string(t.ID)
	} else {
		ps = append(ps, checkName(t.Name)...)
	}
	var wrong sso.Problems
	t.EmailDomains, wrong = parseDomains("email_domains", n.EmailDomains)
	if err := refuse(op, append(ps, wrong...)); err != nil {
		return sso.Tenant{}, err
	}
	err := s.Store.InTx(ctx, t.ID, func(tx Tx) error {
		if err := tx.CreateTenant(t, sso.Catalogues{Roles: sso.DefaultRoles()}); err != nil {
			return err
		}
		return tx.Audit(s.entry(by, t.ID, "tenant.create", target(t.ID)).Changing(nil, tenantFields(t)))
	})
	if err != nil {
		return sso.Tenant{}, err
	}
	return t, nil
}

// Tenant reads a tenant, for the operator and its own administrators.
func (s *Service) Tenant(ctx context.Context, by sso.Actor, t sso.TenantID) (sso.Tenant, error) {
	if err := by.MayAdminister("directory.tenant", t); err != nil {
		return sso.Tenant{}, err
	}
	return s.Store.Tenant(ctx, t)
}

// Tenants lists all tenants (operator); next is "" on the last part.
func (s *Service) Tenants(ctx context.Context, by sso.Actor, p Page) (part []sso.Tenant, next string, err error) {
	if err := by.MayOperate("directory.tenants"); err != nil {
		return nil, "", err
	}
	return s.Store.Tenants(ctx, p.bounded())
}

// UpdateTenant changes a tenant (operator). Disabling it ends all its sessions (rule 7).
func (s *Service) UpdateTenant(ctx context.Context, by sso.Actor, t sso.TenantID, p TenantPatch) (sso.Tenant, error) {
	const op = "directory.update_tenant"
	if err := by.MayOperate(op); err != nil {
		return sso.Tenant{}, err
	}
	var next sso.Tenant
	err := s.Store.InTx(ctx, t, func(tx Tx) error {
		before, err := tx.Tenant()
		if err != nil {
			return err
		}
		var ps sso.Problems
		if next, ps = p.apply(before); len(ps) > 0 {
			return refuse(op, ps)
		}
		if err := tx.UpdateTenant(next); err != nil {
			return err
		}
		if next.Disabled && !before.Disabled {
			if err := tx.EndAllSessions(); err != nil {
				return err
			}
		}
		return tx.Audit(s.entry(by, t, "tenant.update", target(t)).Changing(tenantFields(before), tenantFields(next)))
	})
	if err != nil {
		return sso.Tenant{}, err
	}
	return next, nil
}

// apply is t with the patch, judged.
func (p TenantPatch) apply(t sso.Tenant) (sso.Tenant, sso.Problems) {
	var ps sso.Problems
	if p.Name != nil {
		t.Name = strings.TrimSpace(*p.Name)
		ps = append(ps, checkName(t.Name)...)
	}
	if p.EmailDomains != nil {
		var wrong sso.Problems
		t.EmailDomains, wrong = parseDomains("email_domains", *p.EmailDomains)
		ps = append(ps, wrong...)
	}
	if p.Disabled != nil {
		t.Disabled = *p.Disabled
	}
	return t, ps
}

// DeleteTenant deletes a tenant with everything it has (operator). Its audit rows go with it; that it was deleted is written down for the
// deployment.
func (s *Service) DeleteTenant(ctx context.Context, by sso.Actor, t sso.TenantID) error {
	if err := by.MayOperate("directory.delete_tenant"); err != nil {
		return err
	}
	before, err := s.Store.Tenant(ctx, t)
	if err != nil {
		return err
	}
	return s.Store.InTx(ctx, t, func(tx Tx) error {
		if err := tx.DeleteTenant(); err != nil {
			return err
		}
		return tx.Audit(s.entry(by, "", "tenant.delete", target(t)).Changing(tenantFields(before), nil))
	})
}

// Home is the tenant that an e-mail address leads to (home-realm discovery); "" where none or several may be meant. It is asked by strangers, so
// it goes by the domain alone: what it says is the same for an address that somebody has and one that nobody has.
func (s *Service) Home(ctx context.Context, e sso.Email) (sso.TenantID, error) {
	return s.Store.TenantOfDomain(ctx, e.Domain())
}

// Discover lists the tenants that an e-mail address may sign in to by password, at most 10; an address that is none leads nowhere. A stranger must
// not learn of the answer.
func (s *Service) Discover(ctx context.Context, email string) ([]sso.TenantID, error) {
	e, ok := sso.ParseEmail(email)
	if !ok {
		return nil, nil
	}
	return s.Store.TenantsByEmail(ctx, e)
}

func target(t sso.TenantID) string { return "tenant:" + string(t) }

func tenantFields(t sso.Tenant) sso.Fields {
	return sso.Fields{"name": t.Name, "email_domains": append([]string{}, t.EmailDomains...), "disabled": t.Disabled}
}

// domainPattern is a host name of two labels or more (RFC 1123 2.1), as it stands in an address; internationalised names in their ASCII form.
var domainPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// parseDomains brings domains into the form in which addresses are compared.
func parseDomains(field string, domains []string) (parsed []string, ps sso.Problems) {
	if len(domains) > MaxEmailDomains {
		ps.Add(sso.Failure, field, sso.TooMany, "limit", strconv.Itoa(MaxEmailDomains))
		return nil, ps
	}
	seen := map[string]bool{}
	for i, d := range domains {
		at, domain := fmt.Sprintf("%s[%d]", field, i), asciiLower(strings.TrimSpace(d))
		switch {
		case len(domain) > sso.MaxEmail || !domainPattern.MatchString(domain):
			ps.Add(sso.Failure, at, sso.DomainInvalid, "value", d)
		case seen[domain]:
			ps.Add(sso.Failure, at, sso.Duplicate, "value", d)
		}
		seen[domain] = true
		parsed = append(parsed, domain)
	}
	return parsed, ps
}

// asciiLower lowers A to Z and nothing else: strings.ToLower turns some letters that only look like ASCII (the Kelvin sign) into it.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, s)
}
