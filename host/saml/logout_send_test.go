package saml_test

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/vectors"
)

const (
	theirSLO    = "https://idp.example.test/slo?tenant=1"
	theirAnswer = "https://idp.example.test/slo/done"
)

// withLogout is a target whose provider takes logouts by a binding.
func withLogout(binding string, trusted ...devidp.Key) login.Target {
	to := target(trusted...)
	to.Connection.IdP.SLO = []sso.Endpoint{{Binding: binding, URL: theirSLO, ResponseURL: theirAnswer}}
	return to
}

// received verifies what we send as a provider would, with the key of our metadata, and returns its root and RelayState.
func received(t *testing.T, r login.Request, address, parameter string) (root signedxml.Node, relayState string) {
	t.Helper()
	key := []signedxml.Key{{Public: spPublic(t, 0)}}
	if r.Form != nil {
		require.Equal(t, address, r.URL)
		doc, err := base64.StdEncoding.DecodeString(r.Form[parameter])
		require.NoError(t, err)
		parsed, err := signedxml.Parse(doc, signedxml.DefaultLimits())
		require.NoError(t, err)
		signature, signed, err := parsed.Root().Signature()
		require.NoError(t, err)
		require.True(t, signed)
		_, err = signature.Verify(key, signedxml.Policy{})
		require.NoError(t, err)
		return parsed.Root(), r.Form["RelayState"]
	}
	at, err := url.Parse(r.URL)
	require.NoError(t, err)
	query := strings.TrimPrefix(at.RawQuery, "tenant=1&")
	require.True(t, strings.HasPrefix(r.URL, address), r.URL)
	signed, encoded, _ := strings.Cut(query, "&Signature=")
	encoded, err = url.QueryUnescape(encoded)
	require.NoError(t, err)
	value, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	_, err = signedxml.VerifyOctets(at.Query().Get("SigAlg"), []byte(signed), value, key, signedxml.Policy{})
	require.NoError(t, err)
	packed, err := base64.StdEncoding.DecodeString(at.Query().Get(parameter))
	require.NoError(t, err)
	doc, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	require.NoError(t, err)
	parsed, err := signedxml.Parse(doc, signedxml.DefaultLimits())
	require.NoError(t, err)
	return parsed.Root(), at.Query().Get("RelayState")
}

func TestLogoutRequestGivesTheNameBackAsItCame(t *testing.T) {
	for _, binding := range []string{sso.BindingRedirect, sso.BindingPOST} {
		session := adas
		session.NameID.NameQualifier, session.NameID.SPNameQualifier = "urn:q", "urn:<&>"
		r, err := service().LogoutRequest(t.Context(), withLogout(binding), session, "relay/1")
		require.NoError(t, err)
		root, state := received(t, r, theirSLO, "SAMLRequest")
		require.Equal(t, "relay/1", state)
		require.True(t, root.Is(nsProtocol, "LogoutRequest"))
		require.Equal(t, r.ID, attr(root, "ID"))
		require.Equal(t, theirSLO, attr(root, "Destination"))
		until, err := time.Parse(time.RFC3339, attr(root, "NotOnOrAfter"))
		require.NoError(t, err)
		require.True(t, until.After(clock))
		issuer, _ := root.Child(nsAssertion, "Issuer")
		require.Equal(t, sso.NewServiceProvider(origin, "acme").EntityID, issuer.Text())
		name, _ := root.Child(nsAssertion, "NameID")
		require.Equal(t, session.NameID, sso.NameID{
			Value: name.Text(), Format: attr(name, "Format"), NameQualifier: attr(name, "NameQualifier"), SPNameQualifier: attr(name, "SPNameQualifier"),
		})
		index, count := root.Child(nsProtocol, "SessionIndex")
		require.Equal(t, 1, count)
		require.Equal(t, "_session", index.Text())
	}
	_, err := service().LogoutRequest(t.Context(), target(), adas, "x")
	require.Equal(t, sso.SLONotOffered, sso.CodeOf(err))
}

// TestLogoutResponseGoesWhereAnswersGo: by the binding of the request, at the address for answers.
func TestLogoutResponseGoesWhereAnswersGo(t *testing.T) {
	b, s := base(t), service()
	for _, binding := range []string{sso.BindingRedirect, sso.BindingPOST} {
		to := withLogout(sso.BindingRedirect, b.Key)
		to.Connection.IdP.SLO = append(to.Connection.IdP.SLO, sso.Endpoint{Binding: sso.BindingPOST, URL: theirAnswer})
		l := vectors.Logout{POST: binding == sso.BindingPOST}
		message, err := l.Message(b)
		require.NoError(t, err)
		asked, _, err := openLogout(t, s, to, l, message)
		require.NoError(t, err)
		r, err := s.LogoutResponse(t.Context(), to, asked, vectors.State)
		require.NoError(t, err)
		require.Equal(t, binding == sso.BindingPOST, r.Form != nil)
		root, state := received(t, r, theirAnswer, "SAMLResponse")
		require.Equal(t, vectors.State, state, "unaltered")
		require.True(t, root.Is(nsProtocol, "LogoutResponse"))
		require.Equal(t, asked.ID, attr(root, "InResponseTo"))
		require.Equal(t, theirAnswer, attr(root, "Destination"))
		status, _ := root.Child(nsProtocol, "Status")
		code, _ := status.Child(nsProtocol, "StatusCode")
		require.Equal(t, "urn:oasis:names:tc:SAML:2.0:status:Success", attr(code, "Value"))
	}
	_, err := s.LogoutResponse(t.Context(), target(b.Key), sso.LogoutRequest{}, "")
	require.Equal(t, sso.SLONotOffered, sso.CodeOf(err))
}
