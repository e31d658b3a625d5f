package saml_test

import (
	"crypto/rsa"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml"
	"github.com/idplug/idplug/testing/samltest"
	"github.com/idplug/idplug/testing/vectors"
)

// FuzzVerify changes responses, after they are signed or before. Nothing panics, every refusal has a code of the catalogue, and what is still
// accepted says what crewjam/saml reads in it.
func FuzzVerify(f *testing.F) {
	patient(f)
	b := base(f)
	const small = 64 << 10
	for _, v := range vectors.Samples() {
		if doc, err := v.XML(b); err == nil && len(doc) < small {
			f.Add(doc, false)
		}
		if doc, err := v.Bare(b); err == nil && len(doc) < small {
			f.Add(doc, true)
		}
	}
	s, to := service(), target(b.Key)
	f.Fuzz(func(t *testing.T, doc string, bare bool) {
		if bare {
			var err error
			if doc, err = vectors.Sign(b, doc); err != nil {
				return
			}
		}
		a, steps, err := verify(s, to, base64.StdEncoding.EncodeToString([]byte(doc)))
		if err != nil {
			require.Contains(t, sso.Codes(), sso.CodeOf(err))
			require.NotEqual(t, sso.Internal, sso.CodeOf(err))
			require.Equal(t, sso.CodeOf(err), steps[len(steps)-1].Code)
			return
		}
		other, err := ask(oracle(t, to, clock), doc)
		if strings.Contains(doc, "EncryptedAssertion") && alone(err) {
			return
		}
		require.NoError(t, err)
		agree(t, doc, other, a)
	})
}

// FuzzDecrypted encrypts anything for us, in a Response that nobody signed. It opens, and unless it is what the provider signed nobody is told anything.
func FuzzDecrypted(f *testing.F) {
	b := base(f)
	doc, err := vectors.Vector{}.XML(b)
	require.NoError(f, err)
	from, to := strings.Index(doc, "<saml:Assertion "), strings.Index(doc, "</samlp:Response>")
	genuine := doc[from:to]
	for _, seed := range []string{
		genuine, " " + genuine + "\n", genuine + genuine, "", "ada", "<!-- -->", "</r><r>", strings.Replace(genuine, "<ds:Signature ", "<ds:Signature a=\"\" ", 1),
		strings.Replace(genuine, "staff", "root", 1), strings.Replace(genuine, "<saml:Subject>", "<saml:Subject><samlp:x/>", 1), "<saml:EncryptedAssertion/>",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	s, trusting := service(), target(b.Key)
	want, _, err := verify(s, trusting, base64.StdEncoding.EncodeToString([]byte(doc)))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, inside []byte, chained bool) {
		e := samltest.Encryption{For: []*rsa.PublicKey{b.Encrypt}}
		if chained {
			e.Cipher = "aes128-cbc"
		}
		sealed, err := samltest.Encrypt(inside, e)
		require.NoError(t, err)
		a, _, err := verify(s, trusting, base64.StdEncoding.EncodeToString([]byte(doc[:from]+sealed+doc[to:])))
		if err != nil {
			require.Contains(t, []sso.Code{sso.EncFailed, sso.ACSTooLarge}, sso.CodeOf(err))
			return
		}
		require.Equal(t, want, a)
	})
}

// FuzzLogout changes logout messages: a document that the provider then signs in either binding, or the query of an address as it stands. Nothing panics,
// every refusal has a code of the catalogue, and what is accepted has a name, and an ID to remember.
func FuzzLogout(f *testing.F) {
	b := base(f)
	for _, l := range vectors.Logouts() {
		doc, query, err := l.Raw(b)
		require.NoError(f, err)
		const small = 4 << 10
		if len(doc) < small && len(query) < small {
			f.Add(doc, query, l.POST)
		}
	}
	s, to := service(), target(b.Key)
	f.Fuzz(func(t *testing.T, doc, query string, post bool) {
		judge := func(m login.LogoutMessage) {
			asked, err := s.OpenLogoutRequest(t.Context(), to, m)
			if err == nil {
				require.NotEmpty(t, asked.NameID.Value)
				require.NotEmpty(t, asked.ID)
				require.True(t, asked.NotOnOrAfter.After(clock))
			} else {
				require.Contains(t, sso.Codes(), sso.CodeOf(err))
				require.NotEqual(t, sso.Internal, sso.CodeOf(err))
			}
			_, err = s.OpenLogoutResponse(t.Context(), to, m)
			require.True(t, err == nil || sso.CodeOf(err) != sso.Internal)
		}
		judge(login.LogoutMessage{Binding: sso.BindingRedirect, Query: query})
		message, err := vectors.SignLogout(b, doc, post)
		if err != nil {
			return
		}
		judge(logoutMessage(t, vectors.Logout{POST: post}, message))
	})
}

// FuzzMetadata: nothing panics, and what was read once is read again from what is kept.
func FuzzMetadata(f *testing.F) {
	for _, doc := range []string{
		entity("urn:idp", ""), "\xEF\xBB\xBF" + entity("urn:idp", service20("SingleSignOnService", "HTTP-POST", good)),
		`<?xml version="1.0" encoding="ISO-8859-1"?>` + entity("urn:\xFC", keyDescriptor("", "QUJD")), "\xFF\xFE\xFF\xFE<\x00a\x00/\x00>\x00",
		`<EntitiesDescriptor ` + md + `>` + entity("urn:a", "") + entity("urn:b", "") + `</EntitiesDescriptor>`,
	} {
		f.Add([]byte(doc), "")
		f.Add([]byte(doc), "urn:b")
	}
	var documents saml.Documents
	f.Fuzz(func(t *testing.T, doc []byte, chosen string) {
		d, err := documents.Parse(doc, chosen)
		if err != nil {
			require.Contains(t, sso.Codes(), sso.CodeOf(err))
			require.NotEqual(t, sso.Internal, sso.CodeOf(err))
			return
		}
		require.NotEmpty(t, d.IdP.EntityID)
		again, err := documents.Parse([]byte(d.XML), chosen)
		require.NoError(t, err)
		require.Equal(t, d, again)
	})
}
