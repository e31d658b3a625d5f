package saml_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"encoding/base64"
	"slices"
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
		r, err := s.Open(t.Context(), to, base64.StdEncoding.EncodeToString([]byte(doc)))
		var a sso.Assertion
		if err == nil {
			a, err = r.Verify(t.Context(), login.Expectation{RequestID: asked})
		}
		if err != nil {
			require.Contains(t, sso.Codes(), sso.CodeOf(err))
			require.NotEqual(t, sso.Internal, sso.CodeOf(err))
			require.Equal(t, sso.CodeOf(err), r.Steps()[len(r.Steps())-1].Code)
			return
		}
		if r.InResponseTo() != asked {
			return // core/login asks that of the Response, crewjam/saml below
		}
		other, err := ask(oracle(t, to, clock), doc)
		if err != nil {
			require.NotEmpty(t, fault(doc, err), "crewjam/saml: %v\n%s", err, doc)
			return
		}
		agree(t, doc, other, a)
	})
}

// FuzzDecrypted encrypts anything for us, in a Response that nobody signed. It opens, and unless it is what the provider signed nobody is told anything.
// The same text is encrypted the same every time: what differs by chance would be taken for something new, and kept.
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
	gcm, cbc := parcelOf(f, b, "aes128-gcm"), parcelOf(f, b, "aes128-cbc")
	for _, sealed := range []string{gcm.with(counter([]byte(genuine))), cbc.with(chain([]byte(genuine)))} {
		a, _, err := verify(s, trusting, base64.StdEncoding.EncodeToString([]byte(doc[:from]+sealed+doc[to:])))
		require.NoError(f, err, "what the provider signed opens")
		require.Equal(f, want, a)
	}
	f.Fuzz(func(t *testing.T, inside []byte, chained bool) {
		sealed := gcm.with(counter(inside))
		if chained {
			sealed = cbc.with(chain(inside))
		}
		a, _, err := verify(s, trusting, base64.StdEncoding.EncodeToString([]byte(doc[:from]+sealed+doc[to:])))
		if err != nil {
			require.Contains(t, []sso.Code{sso.EncFailed, sso.ACSTooLarge}, sso.CodeOf(err))
			return
		}
		require.Equal(t, want, a)
	})
}

// parcel is an EncryptedAssertion before and behind what is encrypted.
type parcel struct{ before, behind string }

// dataKey encrypts in FuzzDecrypted. Everybody may know it.
var dataKey = []byte("sixteen bytes...")

func parcelOf(t testing.TB, b vectors.Base, method string) parcel {
	t.Helper()
	sealed, err := samltest.Encrypt(nil, samltest.Encryption{For: []*rsa.PublicKey{b.Encrypt}, Cipher: method, Key: dataKey})
	require.NoError(t, err)
	const begin, end = "<xenc:CipherValue>", "</xenc:CipherValue>"
	return parcel{sealed[:strings.LastIndex(sealed, begin)+len(begin)], sealed[strings.LastIndex(sealed, end):]}
}

func (p parcel) with(value []byte) string {
	return p.before + base64.StdEncoding.EncodeToString(value) + p.behind
}

// counter encrypts as AES-GCM does, chain as AES-CBC, both with a nonce of zeros.
func counter(plain []byte) []byte {
	block, _ := aes.NewCipher(dataKey) // 16 bytes
	gcm, _ := cipher.NewGCM(block)     // blocks of AES fit
	nonce := make([]byte, gcm.NonceSize())
	return gcm.Seal(nonce, nonce, plain, nil)
}

func chain(plain []byte) []byte {
	block, _ := aes.NewCipher(dataKey) // 16 bytes
	n := aes.BlockSize - len(plain)%aes.BlockSize
	iv, padded := make([]byte, aes.BlockSize), slices.Concat(plain, bytes.Repeat([]byte{byte(n)}, n))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(padded, padded)
	return slices.Concat(iv, padded)
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
