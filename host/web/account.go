package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/sso"
)

const accountPath = "/account"

// accountView is the page of a person's own sessions.
type accountView struct {
	Name, Done string
	Sessions   []sessionView
	Others     bool // there is another one than this
}

// sessionView is an open session of the person who looks.
type sessionView struct {
	sso.Session
	By   string // the provider, or the word for a password
	This bool   // the one that looks
}

// account shows everybody who is signed in their own open sessions.
func (s *Server) account(c echo.Context) error {
	own, user, err := s.session(c)
	if sso.CodeOf(err) == sso.Unauthorized && !wantsJSON(c) {
		return c.Redirect(http.StatusFound, withReturn("/login", accountPath))
	}
	if err != nil {
		return err
	}
	open, err := s.o.Login.Sessions(c.Request().Context(), own)
	if err != nil {
		return err
	}
	w := s.wordsFor(c)
	view := accountView{Name: user.Name, Done: w.or("account.done."+c.QueryParam("done"), ""), Others: len(open) > 1}
	for _, session := range open {
		row := sessionView{Session: session, This: session.Hash == own.Hash, By: w.or("home.by_password", "")}
		if session.Method == sso.BySSO {
			row.By = s.providerName(session.Provider)
		}
		view.Sessions = append(view.Sessions, row)
	}
	return s.render(c, w, http.StatusOK, "account.html", "account.title", view)
}

// endSessions ends one, all others, or all sessions of the person who asks. The own one ends by signing out, which goes on at the provider.
func (s *Server) endSessions(c echo.Context) error {
	own, _, err := s.session(c)
	if err != nil {
		return err
	}
	form, err := readForm(c)
	if err != nil {
		return err
	}
	ctx, hash, do := c.Request().Context(), form.Get("end"), form.Get("do")
	done := "others"
	switch {
	case hash != "":
		done = "one"
		err = s.o.Login.EndOwn(ctx, own, hash)
	case do == "others":
		err = s.o.Login.EndOthers(ctx, own)
	case do == "all":
		if err = s.o.Login.EndOthers(ctx, own); err == nil {
			return s.logout(c)
		}
	default:
		err = sso.Refuse("web.account", sso.BadRequest, "detail", "no button of the page was pressed")
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, accountPath+"?done="+done)
}
