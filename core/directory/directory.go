package directory

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/idplug/idplug/core/sso"
)

// Service manages tenants and people.
type Service struct {
	Store     Store
	Passwords Passwords
	SSO       SSO        // nil: always working
	Sealer    sso.Sealer // of the attributes that traces keep
	// NoMail: the deployment sends no mail, so it waits.
	NoMail   bool
	Now      func() time.Time
	NewID    func(prefix string) string // random, "u_…"
	NewToken func() string              // 256 random bits, base64url without padding
}

// bounded limits what a caller asks for.
func (p Page) bounded() Page {
	if p.Limit <= 0 {
		p.Limit = DefaultPage
	}
	p.Limit = min(p.Limit, MaxPage)
	return p
}

// entry starts the audit row of a change within a tenant.
func (s *Service) entry(by sso.Actor, t sso.TenantID, action, target string) sso.AuditEntry {
	return sso.AuditEntry{Tenant: t, At: s.Now(), Actor: by.String(), Action: action, Target: target}
}

// checkName judges the name of a person, tenant or token: 1 to [sso.MaxName] bytes of text without control characters.
func checkName(name string) sso.Problems {
	var ps sso.Problems
	if name == "" || len(name) > sso.MaxName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		ps.Add(sso.Failure, "name", sso.NameInvalid, "limit", strconv.Itoa(sso.MaxName))
	}
	return ps
}

// refuse is nil without problems.
func refuse(op string, ps sso.Problems) error {
	if len(ps) == 0 {
		return nil
	}
	return sso.Refuse(op, sso.Invalid).With(ps)
}
