package saml

import (
	"bytes"
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/testing/corpus"
	"github.com/idplug/idplug/testing/need"
)

// TestCorpusResponses takes real providers' responses down the road, at the time and for the addresses they were made for.
func TestCorpusResponses(t *testing.T) {
	dir := need.Corpus(t)
	rows, err := corpus.Rows(dir, "responses")
	require.NoError(t, err)
	require.NotEmpty(t, rows)
	for _, row := range rows {
		t.Run(row.File, func(t *testing.T) {
			doc, err := row.Read(dir)
			require.NoError(t, err)
			r := recorded(t, dir, row, doc)
			want := expected(row, doc)
			err = travel(r, doc)
			if want == anySignature {
				require.Regexp(t, `^sig\.(digest|reference|structure)$`, sso.CodeOf(err), "%v", r.steps)
				return
			}
			require.Equal(t, want, sso.CodeOf(err), "%v", r.steps)
			if want == sso.SigWeakAlg {
				r = recorded(t, dir, row, doc)
				r.target.Connection.AllowSHA1 = true
				require.NoError(t, travel(r, doc))
				want = ""
			}
			if want == "" || want == sso.CorrRequest || want == sso.ProtoAuthn {
				require.Equal(t, row.Fact(`NameID\[[^]]*\]=([^;]+);`), r.out.NameID.Value)
			}
			if want == "" {
				checkAttributes(t, row, r.out.Attributes)
			}
		})
	}
}

// recorded is a response as it was received: our addresses, its time and the provider's key are those in the file and its row.
func recorded(t *testing.T, dir string, row corpus.Row, doc []byte) *response {
	t.Helper()
	parsed, err := signedxml.Parse(doc, signedxml.DefaultLimits())
	require.NoError(t, err)
	issued, _ := parsed.Root().Attr("IssueInstant")
	at, ok := parseTime(issued)
	require.True(t, ok)
	r := &response{
		service: &Service{ClockSkew: 3 * time.Minute}, now: at.Add(time.Second),
		sp: sso.ServiceProvider{EntityID: row.Fact(`aud=([^;]+)`), ACSURL: row.Fact(`Destination=([^;]+)`)},
	}
	r.target.Connection.IdP.EntityID = row.Fact(`issuer=([^;]+)`)
	r.target.Connection.IdP.Certificates = keysOf(t, dir, row, parsed.Root())
	return r
}

// keysOf are the keys of the metadata that the row names, else those in the response, which the row's author vouches for.
func keysOf(t *testing.T, dir string, row corpus.Row, root signedxml.Node) []sso.Certificate {
	t.Helper()
	if file := row.Fact(`\[key is in (metadata/[^],]+)`); file != "" {
		if doc, err := (corpus.Row{File: file}).Read(dir); err == nil {
			parsed, err := new(Documents).Parse(doc, "")
			require.NoError(t, err)
			return parsed.IdP.Certificates
		}
	}
	var out []sso.Certificate
	for n := range root.Descendants() {
		if n.Is(nsSignature, "X509Certificate") {
			c, code, _ := readCertificate(n.Text(), "")
			require.Empty(t, code)
			out = append(out, c)
		}
	}
	return out
}

// travel goes down the whole road, whatever the response claims to answer.
func travel(r *response, doc []byte) error {
	if err := r.open(base64.StdEncoding.EncodeToString(doc)); err != nil {
		return err
	}
	_, err := r.Verify(context.Background(), login.Expectation{RequestID: r.inResponseTo})
	return err
}

// anySignature stands for a signature that the row only says to be broken.
const anySignature sso.Code = "sig.*"

// expected is what a correct verifier concludes.
func expected(row corpus.Row, doc []byte) sso.Code {
	has := func(s string) bool { return strings.Contains(row.Expect, s) }
	switch {
	case !has("status=Success"):
		return sso.IDPStatus
	case has("encrypted=1"):
		return sso.EncFailed
	case has("does NOT verify"), has("-> reject"):
		return anySignature
	case has("rsa-sha1"):
		return sso.SigWeakAlg
	case !bytes.Contains(doc, []byte("X509Certificate")):
		return sso.SigUntrustedKey
	case has("InResponseTo=absent"):
		return sso.CorrRequest
	case !bytes.Contains(doc, []byte("AuthnStatement")): // Keycloak's switch “Include AuthnStatement”, off
		return sso.ProtoAuthn
	}
	return ""
}

// checkAttributes compares with the row's attrs={name:a|b; …}.
func checkAttributes(t *testing.T, row corpus.Row, got sso.Attributes) {
	t.Helper()
	list := row.Fact(`attrs=\{([^}]*)\}`)
	if list == "" {
		require.Empty(t, got)
		return
	}
	for item := range strings.SplitSeq(list, "; ") {
		at := strings.LastIndex(item, ":")
		var want []string
		if values := item[at+1:]; values != "" {
			want = strings.Split(values, "|")
		}
		have := slices.Clone(got.Values(item[:at]))
		require.True(t, got.Has(item[:at]), item)
		require.ElementsMatch(t, want, have)
	}
}
