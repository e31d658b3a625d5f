package settings

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// fields are a document for an audit row, under the names of the HTTP API.
type fields map[string]any

// document writes settings (nil for a connection alone) and a connection down. Metadata is named by digest and length: the row says that it
// changed and which it was, and stays short.
func document(set *sso.Settings, c sso.Connection) fields {
	f := fields{}
	if set != nil {
		f["use_sso"], f["provider"] = set.UseSSO, set.Provider
		f["force_reauthentication"], f["create_user_on_first_login"] = set.ForceReauthentication, set.JIT
		f["role_sync"], f["idp_initiated"] = set.RoleSync, set.IDPInitiated
		f.mapping(sso.RoleFields, set.Roles)
		f.mapping(sso.InboxFields, set.Inboxes)
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

func (f fields) mapping(names sso.MappingFields, m sso.Mapping) {
	rows := make([]fields, len(m.Rows))
	for i, row := range m.Rows {
		rows[i] = fields{"saml_attribute": row.Attribute, "saml_attribute_value": row.Value, names.Grant: row.Grant}
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

// entry is the audit row of a change from before to after; fields that are equal in both are left out.
func entry(by sso.Actor, now time.Time, t sso.TenantID, action, target string, before, after fields) sso.AuditEntry {
	was, is := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for name := range after {
		old, fresh := encode(before[name]), encode(after[name])
		if !bytes.Equal(old, fresh) {
			was[name], is[name] = old, fresh
		}
	}
	for name := range before {
		if _, stays := after[name]; !stays {
			was[name] = encode(before[name])
		}
	}
	return sso.AuditEntry{
		Tenant: t, At: now, Actor: by.String(), Action: action, Target: target, Before: string(encode(was)), After: string(encode(is)),
	}
}

// encode cannot fail: fields hold nothing but strings, booleans, lists and maps of them.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
