package web

import (
	"net/http"
	"strings"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

func (s *Server) ssoSection() section {
	return section{path: "/sso", label: "nav.sso", group: "nav.security", routes: []route{
		{http.MethodGet, "", s.ssoPage},
		{http.MethodPost, "", s.saveSSO},
	}}
}

// ssoPage shows the stored settings.
func (s *Server) ssoPage(v *visit) error {
	stored, err := s.o.Settings.View(v.Request().Context(), v.by, v.tenant)
	if err != nil {
		return err
	}
	f := ssoForm{draft: draftOfView(stored), version: stored.Settings.Version, shown: stored.Settings.Provider}
	return s.showSSO(v, http.StatusOK, f, outcome{saved: v.QueryParam("saved") != ""})
}

// saveSSO saves the form as the API saves a document, or does what another of its buttons asks for. Whatever comes of it, nothing that was
// typed is lost.
func (s *Server) saveSSO(v *visit) error {
	f, err := readSSOForm(v)
	if err != nil {
		return err
	}
	if err := s.settle(v, &f); err != nil {
		return err
	}
	if f.do != "save" {
		f.change()
		return s.showSSO(v, http.StatusOK, f, outcome{changed: f.do})
	}
	ctx := v.Request().Context()
	saved, err := s.o.Settings.Save(ctx, v.by, v.tenant, f.draft, f.version)
	switch refusal := refusalOf(err); {
	case err == nil:
		return s.savedSSO(v, saved)
	case refusal.Code == sso.Invalid:
		return s.showSSO(v, http.StatusUnprocessableEntity, f, outcome{problems: refusal.Problems})
	case refusal.Code == sso.VersionConflict:
		return s.staleSSO(v, f)
	}
	return err
}

// savedSSO leads to the page anew, so that reloading saves nothing. Warnings that only this save knows are shown at once instead.
func (s *Server) savedSSO(v *visit, saved settings.View) error {
	now, err := s.o.Settings.View(v.Request().Context(), v.by, v.tenant)
	if err != nil {
		return err
	}
	if len(saved.Warnings) <= len(now.Warnings) {
		return v.Redirect(http.StatusSeeOther, consolePath+v.at.path+"?saved=1")
	}
	f := ssoForm{draft: draftOfView(saved), version: saved.Settings.Version, shown: saved.Settings.Provider}
	return s.showSSO(v, http.StatusOK, f, outcome{saved: true, warnings: saved.Warnings})
}

// staleSSO shows what somebody else saved meanwhile beside what was typed. Saving once more then saves over it.
func (s *Server) staleSSO(v *visit, f ssoForm) error {
	theirs, err := s.o.Settings.View(v.Request().Context(), v.by, v.tenant)
	if err != nil {
		return err
	}
	f.version = theirs.Settings.Version
	return s.showSSO(v, http.StatusConflict, f, outcome{theirs: &theirs})
}

// settle leaves out of the draft what the form was filled with and nobody changed: absent means kept. So metadata that belongs to the provider
// that is being left is not given to the one that is chosen.
func (s *Server) settle(v *visit, f *ssoForm) error {
	shown, err := s.kept(v, f.shown)
	if err != nil {
		return err
	}
	d := &f.draft.Connection
	if sameLines(*d.MetadataXML, shown.MetadataXML) {
		d.MetadataXML = nil
	}
	if f.draft.Provider == f.shown {
		return nil
	}
	if *d.MetadataURL == shown.MetadataURL {
		d.MetadataURL = nil
	}
	if *d.ChosenEntityID == shown.ChosenEntityID {
		d.ChosenEntityID = nil
	}
	d.SignRequests, d.AllowSHA1 = nil, nil
	f.shown = f.draft.Provider
	return nil
}

// kept is the kept connection of a provider; none for one that nobody knows.
func (s *Server) kept(v *visit, p sso.ProviderKey) (sso.Connection, error) {
	if !p.Valid() {
		return sso.Connection{}, nil
	}
	view, err := s.o.Settings.Connection(v.Request().Context(), v.by, v.tenant, p)
	if sso.CodeOf(err) == sso.NotFound {
		return sso.Connection{}, nil
	}
	return view.Connection, err
}

// sameLines compares documents as a text area shows them.
func sameLines(a, b string) bool {
	plain := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return plain(a) == plain(b)
}

// draftOfView is the draft that would save the settings as they are.
func draftOfView(v settings.View) settings.Draft {
	st, conn := v.Settings, v.Connection
	return settings.Draft{
		UseSSO: st.UseSSO, Provider: st.Provider, ForceReauthentication: st.ForceReauthentication, JIT: st.JIT,
		RoleSync: st.RoleSync, IDPInitiated: st.IDPInitiated, Roles: st.Roles, Inboxes: st.Inboxes,
		Connection: settings.ConnectionDraft{
			MetadataURL: &conn.MetadataURL, MetadataXML: &conn.MetadataXML, ChosenEntityID: &conn.ChosenEntityID,
			SignRequests: &conn.SignRequests, AllowSHA1: &conn.AllowSHA1,
		},
	}
}
