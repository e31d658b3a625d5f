package sso

import (
	"regexp"
	"strings"
)

// TenantID names a tenant: its slug, fixed for life because the SAML entity ID contains it.
type TenantID string

// UserID names a user within a tenant; random, never reused.
type UserID string

// ProviderKey names an identity provider's plugin, such as "okta" or "google-workspace".
type ProviderKey string

// Key names a role or an inbox in a tenant's catalogue.
type Key string

var (
	slugPattern     = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	providerPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`)
	keyPattern      = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,62}$`)
)

// Valid reports whether the slug is one DNS label: lower-case letters, digits and inner hyphens, 1 to 63 characters.
func (t TenantID) Valid() bool { return slugPattern.MatchString(string(t)) }

// Valid reports whether the key has the form that plugin binaries' names allow: 2 to 40 of [a-z0-9-], a letter first.
func (k ProviderKey) Valid() bool { return providerPattern.MatchString(string(k)) }

// Valid reports whether the key is 1 to 63 of [a-z0-9_.-] with a letter or digit first.
func (k Key) Valid() bool { return keyPattern.MatchString(string(k)) }

// Email is an address in the one form in which addresses are compared and kept: trimmed and lower-case ASCII.
type Email string

// MaxEmail is the longest address accepted, in bytes (RFC 5321 4.5.3.1.3, less the angle brackets).
const MaxEmail = 254

var emailPattern = regexp.MustCompile(`^[a-z0-9.!#$%&'*+/=?^_{|}~` + "`" + `-]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// ParseEmail normalises an address. Only plain ASCII addresses without quoting or comments are accepted: everything else has look-alikes
// or several spellings, and an e-mail decides whose account a first login is linked to. ok is false for anything else.
func ParseEmail(s string) (e Email, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) > MaxEmail {
		return "", false
	}
	for i := range len(s) {
		if s[i] >= 0x80 {
			return "", false
		}
	}
	s = strings.ToLower(s)
	local, _, _ := strings.Cut(s, "@")
	if !emailPattern.MatchString(s) || strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return "", false
	}
	return Email(s), true
}

// Domain is the part after the @.
func (e Email) Domain() string {
	_, d, _ := strings.Cut(string(e), "@")
	return d
}
