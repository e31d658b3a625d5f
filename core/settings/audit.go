package settings

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// document writes settings (nil for a connection alone) and a connection down. Metadata is named by digest and length: the row says that it
// changed and which it was, and stays short.
func document(set *sso.Settings, c sso.Connection) sso.Fields {
	f := sso.Fields{}
	if set != nil {
		f["use_sso"], f["provider"] = set.UseSSO, set.Provider
		f["force_reauthentication"], f["create_user_on_first_login"] = set.ForceReauthentication, set.JIT
		f["role_sync"], f["idp_initiated"] = set.RoleSync, set.IDPInitiated
		addMapping(f, sso.RoleFields, set.Roles)
		addMapping(f, sso.InboxFields, set.Inboxes)
	}
	if c.Provider == "" {
		return f
	}
	f[fieldURL], f[fieldXML] = c.MetadataURL, summary(c.MetadataXML)
	f[fieldEntityID], f["entity_id"] = c.ChosenEntityID, c.IdP.EntityID
	f["certificates"] = fingerprints(c.IdP.Certificates)
	f[fieldSignRequests], f["allow_sha1"] = c.SignRequests, c.AllowSHA1
	return f
}

func addMapping(f sso.Fields, names sso.MappingFields, m sso.Mapping) {
	rows := make([]sso.Fields, len(m.Rows))
	for i, row := range m.Rows {
		rows[i] = sso.Fields{"saml_attribute": row.Attribute, "saml_attribute_value": row.Value, names.Grant: row.Grant}
	}
	f[names.Defaults], f[names.Rows] = append([]sso.Key{}, m.Defaults...), rows
}

func summary(xml string) string {
	if xml == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(xml))
	return fmt.Sprintf("sha256:%s, %d bytes", hex.EncodeToString(sum[:]), len(xml))
}

func fingerprints(certificates []sso.Certificate) []string {
	out := make([]string, len(certificates))
	for i, c := range certificates {
		out[i] = c.SHA256
	}
	return out
}

// entry is the audit row of a change from before to after.
func entry(by sso.Actor, now time.Time, t sso.TenantID, action, target string, before, after sso.Fields) sso.AuditEntry {
	return sso.AuditEntry{Tenant: t, At: now, Actor: by.String(), Action: action, Target: target}.Changing(before, after)
}
