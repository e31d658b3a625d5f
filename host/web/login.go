package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

// begin starts SSO at once, or shows the password page while it is off.
func (s *Server) begin(c echo.Context) error {
	t, to := tenantOf(c), returnPath(c.QueryParam("return_to"))
	started, err := s.start(c, t, to)
	if sso.CodeOf(err) == sso.SSOInactive {
		return s.passwordPage(c, http.StatusOK, passwordView{Tenant: t, ReturnTo: to})
	}
	if err != nil {
		return err
	}
	return s.send(c, started)
}

func (s *Server) start(c echo.Context, t sso.TenantID, to string) (login.Started, error) {
	if !t.Valid() {
		return login.Started{}, sso.Refuse("web.login", sso.NotFound)
	}
	begin := login.Begin{Tenant: t, ReturnTo: to, LoggedOut: s.loggedOut(c, t), Chosen: chosen(c.Request())}
	if old, token, ok := s.sessionToken(c); ok {
		begin.Held = login.HeldBy(old, token)
	}
	return s.o.Login.Begin(c.Request().Context(), begin)
}

// chosen tells the person's own hand, and pages of ours, from a page of another site that sends a browser here (Fetch Metadata 2.2; redirects on the way
// count). Browsers from before 2023 do not say: there, as ever, a link starts what it names.
func chosen(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return true
	}
	return false
}

// login lets a browser that is on its way somewhere come back in silence, and asks everybody else who they are.
func (s *Server) login(c echo.Context) error {
	if to := returnPath(c.QueryParam("return_to")); to != "/" && opensPage(c.Request()) {
		if started, ok := s.comesBack(c, to); ok {
			return s.send(c, started)
		}
	}
	return s.signInPage(c)
}

// opensPage tells a browser that is about to show the answer from a script or an image that a proxy sent the same way: those start no login.
func opensPage(r *http.Request) bool {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	return strings.Contains(r.Header.Get(echo.HeaderAccept), echo.MIMETextHTML)
}

// comesBack starts the login of a known browser at its provider, unless it logged out on purpose and the tenant wants people to sign in anew
// then (behaviour rule 8). It is false as well where that login cannot be started: whoever asks has a page to show instead.
func (s *Server) comesBack(c echo.Context, to string) (login.Started, bool) {
	t := s.knownFrom(c)
	if t == "" {
		return login.Started{}, false
	}
	started, err := s.start(c, t, to)
	return started, err == nil && !started.Flow.ForceAuthn
}

// signInPage asks for the e-mail address.
func (s *Server) signInPage(c echo.Context) error {
	v := signInView{ReturnTo: returnPath(c.QueryParam("return_to")), SignedOut: c.QueryParam("signed_out"), Known: s.knownPlaces(c)}
	return s.render(c, s.wordsFor(c), http.StatusOK, "signin.html", "signin.title", v)
}

// knownPlaces are the organisations that this browser may go on with.
func (s *Server) knownPlaces(c echo.Context) (all []organisation) {
	for _, t := range s.known(c) {
		all = append(all, organisation{Tenant: t, Name: s.tenantName(c.Request().Context(), t)})
	}
	return all
}

// signIn finds the way in for an e-mail address. An address whose domain leads to one organisation with SSO goes there; every other one gets the
// same page, which asks for a password or the organisation. Either way it is the same for an address that exists and one that does not, in the
// same time.
func (s *Server) signIn(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	to := returnPath(form.Get("return_to"))
	if org := sso.TenantID(form.Get("organisation")); org != "" {
		if !org.Valid() {
			return sso.Refuse("web.login", sso.NotFound)
		}
		return c.Redirect(http.StatusSeeOther, loginPath(org, to))
	}
	email, ok := sso.ParseEmail(form.Get("email"))
	if !ok {
		w := s.wordsFor(c)
		return s.render(c, w, http.StatusUnprocessableEntity, "signin.html", "signin.title", signInView{
			ReturnTo: to, Email: form.Get("email"), Error: w.explain(sso.Refuse("web.login", sso.EmailInvalid)),
		})
	}
	if _, err := s.attempt(c, s.lookups, string(email)); err != nil {
		return err
	}
	if password := form.Get("password"); password != "" {
		return s.passwordAnywhere(c, email, password, to)
	}
	home, err := s.o.Directory.Home(c.Request().Context(), email)
	if err != nil {
		return err
	}
	if home != "" {
		if _, err := s.start(c, home, to); err == nil {
			return c.Redirect(http.StatusSeeOther, loginPath(home, to))
		}
	}
	return s.passwordPage(c, http.StatusOK, passwordView{Email: string(email), ReturnTo: to})
}

func loginPath(t sso.TenantID, to string) string { return withReturn("/login/"+string(t), to) }

// withReturn is the address of a sign-in page that leads to a path afterwards.
func withReturn(path, to string) string {
	if to != "/" {
		path += "?return_to=" + url.QueryEscape(to)
	}
	return path
}

// passwordAnywhere tries the password in each organisation of the address that has SSO off. All answers keep one pace, also the one that lets in:
// who owns an account of that address in one organisation is not to learn of others.
func (s *Server) passwordAnywhere(c echo.Context, email sso.Email, password, to string) error {
	succeeded, err := s.attempt(c, s.passwords, string(email))
	if err != nil {
		return err
	}
	untilEven := pace(c.Request().Context(), s.passwordTime)
	in, err := s.tryAnywhere(c, email, password)
	untilEven()
	if sso.CodeOf(err) == sso.PasswordWrong {
		s.o.Metrics.Login(sso.Refused, string(sso.PasswordWrong))
		return s.wrongPassword(c, passwordView{Email: string(email), ReturnTo: to})
	}
	if err != nil {
		return err
	}
	succeeded()
	if err := s.open(c, in); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// tryAnywhere signs in at the first organisation that takes the password; [sso.PasswordWrong] where none does.
func (s *Server) tryAnywhere(c echo.Context, email sso.Email, password string) (login.SignedIn, error) {
	ctx := c.Request().Context()
	tenants, err := s.o.Directory.Discover(ctx, string(email))
	if err != nil {
		return login.SignedIn{}, err
	}
	compared := false
	for _, t := range tenants {
		in, err := s.o.Login.Password(ctx, t, string(email), password, requestID(c))
		switch sso.CodeOf(err) {
		case "":
			return in, nil
		case sso.PasswordWrong:
			compared = true
		case sso.PasswordRefused, sso.TenantDisabled, sso.UserDeactivated, sso.NotFound:
		default:
			return login.SignedIn{}, err
		}
	}
	if !compared { // an address without an account costs as much as one with another password
		if _, err := s.o.Login.Passwords.Verify(ctx, "", password); err != nil {
			return login.SignedIn{}, err
		}
	}
	return login.SignedIn{}, sso.Refuse("web.login", sso.PasswordWrong)
}

// passwordSignIn signs in by password in one organisation.
func (s *Server) passwordSignIn(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	t, to, email := tenantOf(c), returnPath(form.Get("return_to")), form.Get("email")
	if !t.Valid() {
		return sso.Refuse("web.login", sso.NotFound)
	}
	account, _ := sso.ParseEmail(email)
	succeeded, err := s.attempt(c, s.passwords, string(account))
	if err != nil {
		return err
	}
	in, err := s.o.Login.Password(c.Request().Context(), t, email, form.Get("password"), requestID(c))
	if err != nil {
		s.o.Metrics.Login(sso.Refused, string(sso.CodeOf(err)))
		if sso.CodeOf(err) == sso.PasswordWrong {
			return s.wrongPassword(c, passwordView{Tenant: t, Email: email, ReturnTo: to})
		}
		return err
	}
	succeeded()
	if err := s.open(c, in); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, to)
}

func (s *Server) wrongPassword(c echo.Context, v passwordView) error {
	refusal := sso.Refuse("web.login", sso.PasswordWrong)
	if wantsJSON(c) {
		return refusal
	}
	v.Error = s.wordsFor(c).explain(refusal)
	return s.passwordPage(c, sso.TextOf(refusal.Code).Status, v)
}

// tenantName is what pages call a tenant: its name, or its slug where that cannot be read.
func (s *Server) tenantName(ctx context.Context, t sso.TenantID) string {
	tenant, err := s.o.Directory.Tenant(ctx, sso.Actor{Kind: sso.System, ID: "web"}, t)
	if err != nil || tenant.Name == "" {
		return string(t)
	}
	return tenant.Name
}
