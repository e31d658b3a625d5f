package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// userForm is what the form of a person holds.
type userForm struct {
	Email, Name    string
	Roles, Inboxes []sso.Key
	Revision       string // that the form was filled from
}

// userView is the page of a person who is there, or is to be added.
type userView struct {
	Form           userForm
	Roles, Inboxes []option
	Problems       fieldProblems
	Conflict       *conflictView
	Done           string
	SSOOff         bool
	Person         *directory.Person // nil while there is none yet
	Self           bool              // who looks is who is looked at
	Invitation     *invitationCard   // nil where none is of use
}

// fieldProblems are the problems of a page.
type fieldProblems []fieldProblem

// At are the problems of a field.
func (ps fieldProblems) At(field string) []fieldProblem {
	var at []fieldProblem
	for _, p := range ps {
		if p.Field == field {
			at = append(at, p)
		}
	}
	return at
}

// newUserPage is the empty form.
func (s *Server) newUserPage(v *visit) error { return s.showUser(v, http.StatusOK, userView{}) }

// addUser adds a person.
func (s *Server) addUser(v *visit) error {
	values, err := readParts(v)
	if err != nil {
		return err
	}
	f := readUserForm(values)
	p, err := s.o.Directory.CreateUser(v.Request().Context(), v.by, v.tenant, directory.NewUser{
		Email: f.Email, Name: f.Name, Roles: f.Roles, Inboxes: f.Inboxes,
	})
	if err != nil {
		return s.refusedUser(v, userView{Form: f}, "", err)
	}
	done := "added"
	if p.NotInvited != "" {
		done = "added_uninvited"
	}
	return v.Redirect(http.StatusSeeOther, usersPath+"?done="+done)
}

// userPage shows a person.
func (s *Server) userPage(v *visit) error {
	p, err := s.o.Directory.User(v.Request().Context(), v.by, v.tenant, sso.UserID(v.Param("id")))
	if err != nil {
		return err
	}
	return s.showUser(v, http.StatusOK, userView{Form: formOf(p.User), Person: &p, Done: v.done()})
}

// changeUser does what a button of the page asks for.
func (s *Server) changeUser(v *visit) error {
	values, err := readParts(v)
	if err != nil {
		return err
	}
	ctx, id, do := v.Request().Context(), sso.UserID(v.Param("id")), values.Get(fieldDo)
	p, err := s.o.Directory.User(ctx, v.by, v.tenant, id)
	if err != nil {
		return err
	}
	view := userView{Form: formOf(p.User), Person: &p}
	to, done, field := usersPath+"/"+url.PathEscape(string(id)), "saved", do
	switch do {
	case "save":
		view.Form, field = readUserForm(values), "roles"
		err = s.saveUser(v, id, view.Form)
	case "deactivate", "reactivate":
		status := map[string]sso.Status{"deactivate": sso.Deactivated, "reactivate": sso.Active}[do]
		_, err = s.o.Directory.UpdateUser(ctx, v.by, v.tenant, id, directory.UserPatch{Status: &status})
		done, field = do+"d", "status"
	case "unlink":
		err = s.o.Directory.DeleteIdentities(ctx, v.by, v.tenant, id)
		done = "unlinked"
	case "invite":
		_, err = s.o.Directory.Invite(ctx, v.by, v.tenant, id)
		done = "invited"
	case "delete":
		err = s.o.Directory.DeleteUser(ctx, v.by, v.tenant, id)
		to, done = usersPath, "deleted"
	default:
		return sso.Refuse("web.console_user", sso.BadRequest, "detail", "no button of the page was pressed")
	}
	if err != nil {
		return s.refusedUser(v, view, field, err)
	}
	return v.Redirect(http.StatusSeeOther, to+"?done="+done)
}

func (s *Server) saveUser(v *visit, id sso.UserID, f userForm) error {
	if f.Revision == "" {
		return sso.Refuse("web.console_user", sso.VersionRequired)
	}
	_, err := s.o.Directory.UpdateUser(v.Request().Context(), v.by, v.tenant, id, directory.UserPatch{
		Email: &f.Email, Name: &f.Name, Roles: &f.Roles, Inboxes: &f.Inboxes, Expect: f.Revision,
	})
	return err
}

// refusedUser shows the form again with what was typed, and why it was refused. field is where a refusal stands that names none.
func (s *Server) refusedUser(v *visit, view userView, field string, err error) error {
	refusal := refusalOf(err)
	var ps sso.Problems
	switch refusal.Code {
	case sso.Invalid:
		ps = refusal.Problems
	case sso.EmailTaken:
		ps.Add(sso.Failure, "email", sso.EmailTaken)
	case sso.LastAdministrator, sso.InvitationNotReady, sso.InvitationAccepted, sso.UserDeactivated:
		ps.Add(sso.Failure, field, refusal.Code)
	case sso.VersionConflict:
		return s.staleUser(v, view)
	default:
		return err
	}
	for i := range ps {
		ps[i].Field, _, _ = strings.Cut(ps[i].Field, "[") // a single role has no field of its own
	}
	view.Problems = v.problems(ps)
	return s.showUser(v, sso.TextOf(refusal.Code).Status, view)
}

// staleUser shows what somebody else saved beside what was typed. Saving once more then saves over it.
func (s *Server) staleUser(v *visit, view userView) error {
	ctx := v.Request().Context()
	p, err := s.o.Directory.User(ctx, v.by, v.tenant, view.Person.ID)
	if err != nil {
		return err
	}
	c, err := s.o.Directory.Catalogues(ctx, v.by, v.tenant)
	if err != nil {
		return err
	}
	theirs := formOf(p.User)
	view.Person, view.Conflict = &p, &conflictView{}
	for _, d := range []difference{
		{"email", view.Form.Email, theirs.Email},
		{"name", view.Form.Name, theirs.Name},
		{"roles", names(c.Roles.Order(view.Form.Roles), c.Roles), names(theirs.Roles, c.Roles)},
		{"inboxes", names(c.Inboxes.Order(view.Form.Inboxes), c.Inboxes), names(theirs.Inboxes, c.Inboxes)},
	} {
		if d.Mine != d.Theirs {
			d.Label = v.label(d.Label)
			view.Conflict.Differences = append(view.Conflict.Differences, d)
		}
	}
	view.Form.Revision = theirs.Revision
	return s.showUser(v, http.StatusConflict, view)
}

func (s *Server) showUser(v *visit, status int, view userView) error {
	ctx := v.Request().Context()
	c, err := s.o.Directory.Catalogues(ctx, v.by, v.tenant)
	if err != nil {
		return err
	}
	if view.SSOOff, err = s.ssoOff(v); err != nil {
		return err
	}
	view.Roles, view.Inboxes = options(c.Roles, view.Form.Roles), options(c.Inboxes, view.Form.Inboxes)
	title := "user.new"
	if view.Person != nil {
		title, view.Self = "user.edit", view.Person.ID == v.user.ID
		view.Invitation = v.invitationCard(*view.Person, !view.SSOOff)
	}
	return v.render(status, "console_user.html", title, view)
}

// ssoOff reports whether people had better be added later: the article wants SSO to be on first.
func (s *Server) ssoOff(v *visit) (bool, error) {
	stored, err := s.o.Settings.View(v.Request().Context(), v.by, v.tenant)
	return !stored.Settings.UseSSO, err
}

func formOf(u sso.User) userForm {
	return userForm{Email: string(u.Email), Name: u.Name, Roles: u.Roles, Inboxes: u.Inboxes, Revision: directory.Revision(u)}
}

func readUserForm(values url.Values) userForm {
	return userForm{
		Email: strings.TrimSpace(values.Get("email")), Name: strings.TrimSpace(values.Get("name")), Roles: keys(values["roles"]),
		Inboxes: keys(values["inboxes"]), Revision: values.Get("revision"),
	}
}
