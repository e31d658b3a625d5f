package interop

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/vectors"
)

// errElsewhere is our opinion on an answer that is genuine and says that somebody is still signed in somewhere: nobody may take it for a success.
var errElsewhere = errors.New("not everywhere")

// logoutCorpus are the messages of single logout for the others, each judged by us; bombs stay away from them.
func logoutCorpus(t *testing.T, c *connection) []question {
	t.Helper()
	var list []question
	for _, l := range vectors.Logouts() {
		message, err := l.Message(c.Base)
		require.NoError(t, err)
		if len(message) > longest || strings.HasPrefix(l.Name, "redirect: a bomb") {
			continue
		}
		q := question{vector: vectors.Vector{Name: l.Name, Why: l.Why, Code: l.Code}, logout: &l, message: message}
		if l.POST {
			form, err := url.ParseQuery(message)
			require.NoError(t, err)
			q.message = form.Get(q.parameter())
		}
		q.refused = c.judgeLogout(t, &q)
		if l.Partial {
			require.ErrorIs(t, q.refused, errElsewhere, l.Name)
		} else {
			require.Equal(t, l.Code, sso.CodeOf(q.refused), l.Name)
		}
		list = append(list, q)
	}
	return list
}

// judgeLogout is our own opinion on a message of single logout. An answer to another request is refused as core/login refuses it.
func (c *connection) judgeLogout(t *testing.T, q *question) (err error) {
	in := login.LogoutMessage{Binding: sso.BindingRedirect, Query: q.message}
	switch {
	case q.redirects():
	case q.answers():
		in = login.LogoutMessage{Binding: sso.BindingPOST, Response: q.message}
	default:
		in = login.LogoutMessage{Binding: sso.BindingPOST, Request: q.message}
	}
	if !q.answers() {
		q.ends, err = c.service.OpenLogoutRequest(t.Context(), c.target, in)
		return err
	}
	answer, err := c.service.OpenLogoutResponse(t.Context(), c.target, in)
	switch {
	case err != nil:
		return err
	case answer.InResponseTo != c.RequestID:
		return sso.Refuse("interop", sso.SLOUnexpected)
	case !answer.Confirmed:
		return errElsewhere
	}
	return nil
}

// answers: it is a LogoutResponse.
func (q question) answers() bool { return q.logout != nil && q.logout.Answer }

// redirects: it is a query of an address, and signed as such.
func (q question) redirects() bool { return q.logout != nil && !q.logout.POST }

// parameter is the field of the form.
func (q question) parameter() string {
	if q.logout != nil && !q.logout.Answer {
		return "SAMLRequest"
	}
	return "SAMLResponse"
}

// told is the question as programs are asked it: a sign-in has no kind.
func (q question) told() map[string]string {
	told := map[string]string{"message": q.message}
	if q.logout == nil {
		return told
	}
	told["kind"], told["binding"] = "LogoutRequest", "post"
	if q.answers() {
		told["kind"] = "LogoutResponse"
	}
	if q.redirects() {
		told["binding"] = "redirect"
	}
	return told
}
