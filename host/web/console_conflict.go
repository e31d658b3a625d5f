package web

import (
	"strings"
	"time"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// conflictView shows two versions of the settings side by side: the one that was typed, and the one that somebody saved meanwhile.
type conflictView struct {
	By          string
	At          time.Time
	Differences []difference
}

type difference struct{ Label, Mine, Theirs string }

func (v *visit) conflict(mine settings.Draft, page *ssoView, theirs settings.View, c sso.Catalogues) *conflictView {
	out := &conflictView{By: theirs.Settings.UpdatedBy, At: theirs.Settings.UpdatedAt.UTC()}
	saved := &ssoView{}
	saved.fill(settings.ConnectionDraft{}, theirs.Connection)
	ours, others := v.facts(mine, page, c), v.facts(draftOfView(theirs), saved, c)
	for i := range ours {
		if !sameLines(ours[i].Mine, others[i].Mine) {
			out.Differences = append(out.Differences, difference{ours[i].Label, ours[i].Mine, others[i].Mine})
		}
	}
	return out
}

// facts are the fields of a version with their values in words, always the same fields in the same order.
func (v *visit) facts(d settings.Draft, p *ssoView, c sso.Catalogues) []difference {
	onOff := func(on bool) string {
		if on {
			return v.words.or("on", "on")
		}
		return v.words.or("off", "off")
	}
	list := []difference{}
	add := func(field, value string) { list = append(list, difference{Label: v.label(field), Mine: value}) }
	add("use_sso", onOff(d.UseSSO))
	add("force_reauthentication", onOff(d.ForceReauthentication))
	add("provider", v.s.providerName(d.Provider))
	add("metadata_url", p.MetadataURL)
	add("metadata_xml", p.MetadataXML)
	add("idp_entity_id", p.EntityID)
	add("create_user_on_first_login", onOff(d.JIT))
	add(sso.RoleFields.Defaults, names(d.Roles.Defaults, c.Roles))
	add(sso.RoleFields.Rows, rows(d.Roles.Rows, c.Roles))
	add(sso.InboxFields.Defaults, names(d.Inboxes.Defaults, c.Inboxes))
	add(sso.InboxFields.Rows, rows(d.Inboxes.Rows, c.Inboxes))
	add("role_sync", onOff(d.RoleSync == sso.SyncEveryLogin))
	add("idp_initiated", v.words.or("idp_initiated."+string(d.IDPInitiated), string(d.IDPInitiated)))
	add("sign_requests", onOff(p.SignAlways))
	add("allow_sha1", onOff(p.AllowSHA1))
	return list
}

// names are the names of keys, or the keys themselves where the catalogue does not hold them.
func names(keys []sso.Key, c sso.Catalogue) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = string(k)
		if at := c.Index(k); at >= 0 {
			out[i] = c[at].Name
		}
	}
	return strings.Join(out, ", ")
}

func rows(list []sso.Row, c sso.Catalogue) string {
	lines := make([]string, len(list))
	for i, r := range list {
		lines[i] = r.Attribute + " = " + r.Value + " → " + names(r.Grant, c)
	}
	return strings.Join(lines, "\n")
}
