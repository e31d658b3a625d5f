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
	var report corpus.Report
	for _, row := range rows {
		t.Run(row.File, func(t *testing.T) {
			doc, err := row.Read(dir)
			require.NoError(t, err)
			r := recorded(t, dir, row, doc)
			want := expected(row, doc)
			err = travel(r, doc)
			if want == anySignature {
				require.Regexp(t, `^sig\.(digest|reference|structure)$`, sso.CodeOf(err), "%v", r.steps)
				report.Add(row, verdict(err))
				return
			}
			require.Equal(t, want, sso.CodeOf(err), "%v", r.steps)
			if want == sso.SigWeakAlg {
				r = recorded(t, dir, row, doc)
				r.target.Connection.AllowSHA1 = true
				require.NoError(t, travel(r, doc))
				want = ""
			}
			if want == sso.CorrRequest || want == sso.ProtoAuthn { // the signature is good, so what stands after the refusal can be read all the same
				require.Empty(t, r.out.Attributes)
				require.Nil(t, r.attributes())
				want = ""
			}
			if want == "" {
				require.Equal(t, row.Fact(`NameID\[[^]]*\]=([^;]+);`), r.out.NameID.Value)
				checkAttributes(t, row, r.out.Attributes)
			}
			report.Add(row, append([]string{verdict(err)}, checkProfile(t, row, r.out)...)...)
		})
	}
	report.Log(t)
}

// verdict is how the road ended.
func verdict(err error) string {
	if err == nil {
		return "accepted"
	}
	code := sso.CodeOf(err)
	return strings.TrimSuffix("refused: "+string(code)+", "+reasons[code], ", ")
}

// reasons say why a response is refused where its row, which judges the message alone, says nothing against it or leaves the policy open.
var reasons = map[sso.Code]string{
	sso.CorrRequest:     "nobody asked for it",
	sso.EncFailed:       "the key to decrypt it is not in the corpus",
	sso.ProtoAuthn:      "the row asks for no AuthnStatement, SAML Profiles 4.1.4.2 does",
	sso.SigDigest:       "every signature must verify, whatever it covers",
	sso.SigReference:    "every signature must verify, whatever it covers",
	sso.SigUntrustedKey: "the key that the row verified it with is not in the corpus",
	sso.SigWeakAlg:      "accepted with allow_sha1",
}

// profile is what a plugin reads in an assertion of its provider: where the row shows the address, and the groups.
type profile struct {
	email  string
	groups []string
}

var profiles = map[string]profile{
	"responses/azure-1.xml":   {email: `claims/emailaddress:([^;}]+)`}, // a guest: of the claim, not of the NameID
	"responses/google-1.xml":  {email: `NameID\[unspecified\]=([^;]+)`},
	"responses/okta-2.xml":    {email: `attrs={email:([^;]+)`, groups: []string{"Everyone", "Admins"}},
	"responses/pingone-1.xml": {email: `no e-mail anywhere()`}, // nothing but saml_subject, so nobody can be linked or created
}

// checkProfile asks the plugin about an assertion whose signature was good, whatever it claims to answer.
func checkProfile(t *testing.T, row corpus.Row, a sso.Assertion) []string {
	t.Helper()
	known, signed := profiles[row.File]
	if !signed {
		return nil
	}
	require.Regexp(t, known.email, row.Expect)
	want := append([]string{row.Fact(known.email)}, known.groups...)
	read := row.Profile(t, a)
	got := []string{read.Email.Text}
	for _, g := range read.Groups {
		got = append(got, g.Text)
	}
	require.Equal(t, want, got)
	out := []string{"plugin: e-mail=" + got[0], "groups=" + strings.Join(got[1:], "|")}
	for _, p := range read.Problems {
		out = append(out, string(p.Severity)+" "+p.Code)
	}
	return out
}

// recorded is a response as it was received: our addresses, its time and the provider's key are those in the file and its row.
func recorded(t *testing.T, dir string, row corpus.Row, doc []byte) *response {
	t.Helper()
	parsed, err := signedxml.Parse(doc, signedxml.DefaultLimits())
	require.NoError(t, err)
	issued, _ := parsed.Root().Attr("IssueInstant")
	at, ok := parseTime(issued)
	require.True(t, ok)
	r := &response{message: message{
		service: &Service{ClockSkew: 3 * time.Minute, Keys: noKeys{}}, now: at.Add(time.Second),
		sp: sso.ServiceProvider{EntityID: row.Fact(`aud=([^;]+)`), ACSURL: row.Fact(`Destination=([^;]+)`)},
	}}
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

// noKeys has none: whoever these messages were encrypted for keeps theirs.
type noKeys struct{ Keys }

func (noKeys) SPKeys(context.Context, sso.TenantID) ([]sso.SealedKey, error) { return nil, nil }

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
		at := nameEnd(item, got)
		require.Positive(t, at, item)
		var want []string
		if values := item[at+1:]; values != "" {
			want = strings.Split(values, "|")
		}
		have := slices.Clone(got.Values(item[:at]))
		require.ElementsMatch(t, want, have)
	}
}

// nameEnd is where the name ends in name:values, both of which may hold colons: the name is an attribute that was read. 0 for none.
func nameEnd(item string, got sso.Attributes) int {
	for at, r := range item {
		if r == ':' && slices.ContainsFunc(got, func(a sso.Attribute) bool { return a.Name == item[:at] || a.FriendlyName == item[:at] }) {
			return at
		}
	}
	return 0
}
