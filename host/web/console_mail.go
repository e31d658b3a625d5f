package web

import (
	"net/http"
	"strconv"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

const mailPath = consolePath + "/mail"

func (s *Server) mailSection() section {
	return section{path: "/mail", label: "nav.mail", group: "nav.people", routes: []route{
		{http.MethodGet, "", s.mailPage},
		{http.MethodPost, "", s.sendAgain},
	}}
}

// mailView is the page of mails that wait or failed.
type mailView struct {
	Rows      []mailRow
	Off       bool // this deployment sends none
	Uninvited int  // who needs an invitation
	More      bool // there are more than are shown
	Done      string
	Problems  fieldProblems
}

type mailRow struct {
	directory.Undelivered
	Problem *fieldProblem // why it was not sent; nil before the first attempt, and where the page says it for all
}

// mailPage shows the queue.
func (s *Server) mailPage(v *visit) error {
	return s.showMail(v, http.StatusOK, mailView{Done: v.done()})
}

func (s *Server) showMail(v *visit, status int, view mailView) error {
	ctx := v.Request().Context()
	list, err := s.o.Directory.Undelivered(ctx, v.by, v.tenant)
	if err != nil {
		return err
	}
	if view.Uninvited, err = s.o.Directory.Uninvited(ctx, v.by, v.tenant); err != nil {
		return err
	}
	view.Off, view.More = s.o.Directory.NoMail, len(list) == directory.MaxPage
	for _, m := range list {
		if m.Error.Code == sso.MailOff { // said once, above all of them
			m.Error = directory.MailError{}
		}
		view.Rows = append(view.Rows, mailRow{m, v.mailProblem(m.Error)})
	}
	return v.render(status, "console_mail.html", "nav.mail", view)
}

// sendAgain queues an invitation anew, at the end of the queue and with all its attempts.
func (s *Server) sendAgain(v *visit) error {
	values, err := readParts(v)
	if err != nil {
		return err
	}
	_, err = s.o.Directory.Invite(v.Request().Context(), v.by, v.tenant, sso.UserID(values.Get("user")))
	if err == nil {
		return v.Redirect(http.StatusSeeOther, mailPath+"?done=invited")
	}
	switch refusal := refusalOf(err); refusal.Code {
	case sso.InvitationNotReady, sso.InvitationAccepted, sso.UserDeactivated:
		return s.showMail(v, sso.TextOf(refusal.Code).Status, mailView{Problems: v.problems(sso.Problems{{Severity: sso.Failure, Code: refusal.Code}})})
	default:
		return err
	}
}

// inviteEverybody invites who still needs it.
func (s *Server) inviteEverybody(v *visit) error {
	n, err := s.o.Directory.InviteRest(v.Request().Context(), v.by, v.tenant)
	if err != nil {
		return err
	}
	return v.Redirect(http.StatusSeeOther, usersPath+"?done=invited_all&count="+strconv.Itoa(n))
}

// invitationCard is how far a person's invitation has come.
type invitationCard struct {
	directory.PersonInvitation
	Problem *fieldProblem
}

// invitationCard is nil for whom an invitation is no use.
func (v *visit) invitationCard(p directory.Person, ssoOn bool) *invitationCard {
	if !p.CanSignIn() || !directory.Invitable(p.User, ssoOn) {
		return nil
	}
	i := v.s.o.Directory.InvitationOf(p)
	return &invitationCard{i, v.mailProblem(i.Error)}
}

func (v *visit) mailProblem(e directory.MailError) *fieldProblem {
	if e.Code == "" {
		return nil
	}
	return &v.problems(sso.Problems{{Severity: sso.Warning, Code: e.Code}})[0]
}
