package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/sso"
)

// Limits of posted forms: a sign-in answer of 512 KiB, in base64 and percent-encoded, fits the first; e-mail and password the second.
const (
	maxAnswer = 1 << 20
	maxForm   = 16 << 10
)

const formType = "application/x-www-form-urlencoded"

// answerForm is what a provider posts.
type answerForm struct{ samlResponse, relayState string }

// readAnswer reads the form of a sign-in answer (SAML Bindings 3.5.4). It is stricter than net/http: one SAMLResponse, at most one
// RelayState, names written plainly, no artifact anywhere, so that nothing in front of us can read another answer than we do.
func readAnswer(c echo.Context) (answerForm, error) {
	const op = "web.acs"
	r := c.Request()
	if media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err != nil || media != formType {
		return answerForm{}, sso.Refuse(op, sso.ACSBadForm)
	}
	if strings.Contains(strings.ToLower(r.URL.RawQuery), "samlart") {
		return answerForm{}, sso.Refuse(op, sso.ACSArtifact)
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, maxAnswer))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return answerForm{}, sso.Refuse(op, sso.ACSTooLarge)
	case err != nil:
		return answerForm{}, unread(err, sso.Refuse(op, sso.ACSBadForm))
	}
	return parseAnswer(string(body))
}

func parseAnswer(body string) (answerForm, error) {
	const op = "web.acs"
	var form answerForm
	var responses, states int
	for field := range strings.SplitSeq(body, "&") {
		name, value, _ := strings.Cut(field, "=")
		var err error
		switch {
		case strings.ContainsAny(name, "%+"):
			return answerForm{}, sso.Refuse(op, sso.ACSBadForm)
		case strings.EqualFold(name, "SAMLart"):
			return answerForm{}, sso.Refuse(op, sso.ACSArtifact)
		case name == "SAMLResponse":
			responses++
			form.samlResponse, err = url.QueryUnescape(value)
		case name == "RelayState":
			states++
			form.relayState, err = url.QueryUnescape(value)
		}
		if err != nil {
			return answerForm{}, sso.Refuse(op, sso.ACSBadForm)
		}
	}
	if responses != 1 || states > 1 || form.samlResponse == "" {
		return answerForm{}, sso.Refuse(op, sso.ACSBadForm)
	}
	return form, nil
}

// readForm reads a form of one of our own pages.
func readForm(c echo.Context) (url.Values, error) {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, err
		}
		return nil, unread(err, sso.Refuse("web.form", sso.BadRequest, "detail", "the form cannot be read"))
	}
	return r.PostForm, nil
}

// readLogoutForm reads the form of a logout message (SAML Bindings 3.5.4), as strictly: the binding's fields once each, names written plainly.
func readLogoutForm(c echo.Context) (map[string]string, error) {
	const op = "web.slo"
	r := c.Request()
	if media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err != nil || media != formType {
		return nil, sso.Refuse(op, sso.SLOMalformed)
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, maxAnswer))
	if err != nil {
		return nil, unread(err, sso.Refuse(op, sso.SLOMalformed))
	}
	form := map[string]string{}
	for field := range strings.SplitSeq(string(body), "&") {
		name, raw, _ := strings.Cut(field, "=")
		value, err := url.QueryUnescape(raw)
		if _, twice := form[name]; twice || err != nil || strings.ContainsAny(name, "%+") {
			return nil, sso.Refuse(op, sso.SLOMalformed)
		}
		if name == "SAMLRequest" || name == "SAMLResponse" || name == "RelayState" {
			form[name] = value
		}
	}
	return form, nil
}
