package settings

import (
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// Fields of the settings document at which this room finds problems.
const (
	fieldProvider     = "provider"
	fieldURL          = "metadata_url"
	fieldXML          = "metadata_xml"
	fieldEntityID     = "idp_entity_id"
	fieldSignRequests = "sign_requests"
)

// settings are the draft as settings, with the defaults for what is absent.
func (d Draft) settings(t sso.TenantID) sso.Settings {
	next := sso.NewSettings(t)
	next.UseSSO, next.Provider, next.ForceReauthentication, next.JIT = d.UseSSO, d.Provider, d.ForceReauthentication, d.JIT
	next.Roles, next.Inboxes = d.Roles, d.Inboxes
	if d.RoleSync != "" {
		next.RoleSync = d.RoleSync
	}
	if d.IDPInitiated != "" {
		next.IDPInitiated = d.IDPInitiated
	}
	return next
}

// gives reports whether the draft brings metadata.
func (d ConnectionDraft) gives() bool { return text(d.MetadataURL) != "" || text(d.MetadataXML) != "" }

// merge puts the draft over the kept connection, but for the XML, which is taken only once it was read. When the provider is being selected
// (by a first save or a switch), everything absent or empty is the kept; else an empty URL or entity ID clears, and absent options take
// their defaults.
func (d ConnectionDraft) merge(kept sso.Connection, selecting bool) (sso.Connection, sso.Problems) {
	next := kept
	if d.MetadataURL != nil && (!selecting || text(d.MetadataURL) != "") {
		next.MetadataURL = text(d.MetadataURL)
	}
	if next.MetadataURL == "" {
		next.FetchProblem = nil
	}
	if d.ChosenEntityID != nil && (!selecting || *d.ChosenEntityID != "" || d.gives()) { // an empty one clears with the document it was chosen from
		next.ChosenEntityID = *d.ChosenEntityID
	}
	if !selecting {
		next.SignRequests, next.AllowSHA1 = sso.SignAuto, false
	}
	if d.SignRequests != nil {
		next.SignRequests = *d.SignRequests
	}
	if d.AllowSHA1 != nil {
		next.AllowSHA1 = *d.AllowSHA1
	}
	var ps sso.Problems
	switch next.SignRequests {
	case "":
		next.SignRequests = sso.SignAuto
	case sso.SignAuto, sso.SignAlways:
	default:
		ps.Add(sso.Failure, fieldSignRequests, sso.NotAllowed, "value", string(next.SignRequests), "allowed", "auto, always")
	}
	return next, ps
}

// text is the trimmed text of an optional field. Only an XML that is nothing but space is judged by it; others are read as they came.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return strings.TrimSpace(*s)
}
