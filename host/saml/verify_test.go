package saml_test

import (
	"context"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/samltest"
	"github.com/idplug/idplug/testing/vectors"
)

// message is an accepted vector's.
func message(t testing.TB, b vectors.Base, name string) string {
	t.Helper()
	all := vectors.All()
	i := slices.IndexFunc(all, func(v vectors.Vector) bool { return v.Name == name })
	require.GreaterOrEqual(t, i, 0, name)
	out, err := all[i].Message(b)
	require.NoError(t, err)
	return out
}

func TestVerifyReadsTheAssertion(t *testing.T) {
	b := base(t)
	a, steps, err := verify(service(), target(b.Key), message(t, b, "both signed"))
	require.NoError(t, err)
	require.Equal(t, sso.Assertion{
		ID: "_assertion", IDPEntityID: provider, InResponseTo: asked, NameID: sso.NameID{Value: vectors.Ada, Format: sso.FormatEmail},
		SessionIndex: "_session", AuthnInstant: clock, NotOnOrAfter: clock.Add(5*time.Minute + skew),
		Attributes: sso.Attributes{{Name: "email", Values: []string{vectors.Ada}}, {Name: "groups", Values: []string{"staff", "admins"}}},
	}, a)
	var names []string
	for _, s := range steps {
		require.Empty(t, s.Code)
		names = append(names, s.Name)
	}
	require.Equal(t, strings.Fields("form gate envelope structure signature assertion subject confirmation conditions authentication attributes"), names)
}

// TestAKeyVerifiesWhereMetadataDoesNotSayThatItEncrypts goes from metadata to a message: many providers give their one key no use.
func TestAKeyVerifiesWhereMetadataDoesNotSayThatItEncrypts(t *testing.T) {
	b := base(t)
	for use, verifies := range map[string]bool{`use="signing"`: true, "": true, `use="encryption"`: false} {
		to := target()
		to.Connection.IdP = parsed(t, entity(provider, keyDescriptor(use, pem64(t))+service20("SingleSignOnService", "HTTP-Redirect", good))).IdP
		_, _, err := verify(service(), to, message(t, b, "both signed"))
		require.Equal(t, verifies, err == nil, "%s: %v", use, err)
	}
}

func TestVerifyReadsValuesAsTheyStand(t *testing.T) {
	b := base(t)
	for name, want := range map[string][]string{
		"empty values": {"staff"}, "eduPersonTargetedID": {"staff", "admins"}, "repeated attribute": {"staff", "admins", "more"},
	} {
		a, _, err := verify(service(), target(b.Key), message(t, b, name))
		require.NoError(t, err)
		require.Equal(t, want, a.Attributes.Values("groups"), name)
	}
}

// TestUseIsRememberedAsLongAsItCouldBeRepeated: one moment before NotOnOrAfter the same message still passes, at that moment no longer.
func TestUseIsRememberedAsLongAsItCouldBeRepeated(t *testing.T) {
	b := base(t)
	for _, name := range []string{"signed assertion", "confirmed until next year", "clock ahead by less than the skew", "clock behind by less than the skew"} {
		s, m := service(), message(t, b, name)
		a, _, err := verify(s, target(b.Key), m)
		require.NoError(t, err)
		s.Now = func() time.Time { return a.NotOnOrAfter.Add(-time.Millisecond) }
		_, _, err = verify(s, target(b.Key), m)
		require.NoError(t, err, name)
		s.Now = func() time.Time { return a.NotOnOrAfter }
		_, _, err = verify(s, target(b.Key), m)
		require.Error(t, err, name)
	}
}

func TestUseEndsWithFreshness(t *testing.T) {
	b := base(t)
	r := vectors.Response(b)
	r.Assertions[0].Confirmations[0].NotOnOrAfter = clock.AddDate(1, 0, 0)
	r.Assertions[0].Conditions.NotOnOrAfter = clock.AddDate(1, 0, 0)
	a, _, err := verify(service(), target(b.Key), signed(t, b, r))
	require.NoError(t, err)
	require.Equal(t, clock.Add(login.FlowTTL+skew), a.NotOnOrAfter)
}

// signed signs the assertion of r and encodes it.
func signed(t *testing.T, b vectors.Base, r *devidp.Response) string {
	t.Helper()
	out, err := vectors.Encode(b, r, samltest.Signing{})
	require.NoError(t, err)
	return out
}

func TestAnyOfTheConnectionsKeysVerifies(t *testing.T) {
	b := base(t)
	m := message(t, b, "signed assertion")
	for _, m := range []string{m, message(t, b, "no KeyInfo")} {
		for _, keys := range [][]devidp.Key{{b.Stranger, b.Key}, {b.Key, b.Stranger}} {
			_, _, err := verify(service(), target(keys...), m)
			require.NoError(t, err)
		}
		_, _, err := verify(service(), target(b.Stranger), m)
		require.Equal(t, sso.SigUntrustedKey, sso.CodeOf(err))
	}
	_, _, err := verify(service(), target(), m)
	require.Equal(t, sso.SigUntrustedKey, sso.CodeOf(err), "no key, no trust")
	broken := target(b.Key)
	broken.Connection.IdP.Certificates[0].DER = []byte("x")
	_, _, err = verify(service(), broken, m)
	require.Equal(t, sso.SigUntrustedKey, sso.CodeOf(err))
}

// TestDatesOfACertificateDecideNothing: metadata says which keys count (SAML Metadata 2.4.1.1, errata E62). People who cannot sign in on the day that
// a certificate ends gain nothing by it; administrators are warned.
func TestDatesOfACertificateDecideNothing(t *testing.T) {
	for name, begin := range map[string]time.Time{"over": clock.AddDate(-20, 0, 0), "not yet": clock.AddDate(1, 0, 0)} {
		b := base(t)
		key, err := devidp.NewKey(devidp.RSA2048, "dated", pkix.Name{CommonName: name}, begin, 10)
		require.NoError(t, err)
		b.Key = key
		_, _, err = verify(service(), target(key), message(t, b, "signed assertion"))
		require.NoError(t, err, name)
		_, _, err = verify(service(), target(b.Stranger), message(t, b, "signed assertion"))
		require.Equal(t, sso.SigUntrustedKey, sso.CodeOf(err), name)
	}
}

func TestKeysOfTwoTenantsStayApart(t *testing.T) {
	b, s := base(t), service()
	ours, theirs := target(b.Key), target(b.Stranger)
	theirs.Connection.IdP.Certificates[0].SHA256 = ours.Connection.IdP.Certificates[0].SHA256 // a mistake in a row must not lend a key
	m := message(t, b, "signed assertion")
	_, _, err := verify(s, ours, m)
	require.NoError(t, err)
	_, _, err = verify(s, theirs, m)
	require.Equal(t, sso.SigUntrustedKey, sso.CodeOf(err))
}

func TestVerifyECDSA(t *testing.T) {
	b := base(t)
	key, err := devidp.NewKey(devidp.P256, "", pkix.Name{CommonName: "test"}, clock.AddDate(-1, 0, 0), 3)
	require.NoError(t, err)
	b.Key = key
	_, _, err = verify(service(), target(key), message(t, b, "signed assertion"))
	require.NoError(t, err)
}

func TestSHA1OnlyWhereTheConnectionAllowsIt(t *testing.T) {
	b := base(t)
	m, err := vectors.Encode(b, vectors.Response(b), samltest.Signing{Method: "sha1", Digest: "sha1"})
	require.NoError(t, err)
	allowed := target(b.Key)
	allowed.Connection.AllowSHA1 = true
	_, _, err = verify(service(), allowed, m)
	require.NoError(t, err)
	_, _, err = verify(service(), target(b.Key), m)
	require.Equal(t, sso.SigWeakAlg, sso.CodeOf(err))
}

func TestAuthnContextIsWhatWasAskedFor(t *testing.T) {
	b := base(t)
	asking := target(b.Key)
	for _, c := range []struct {
		wanted []string
		code   sso.Code
	}{{nil, ""}, {[]string{"urn:x", devidp.ContextTransport}, ""}, {[]string{"urn:x"}, sso.ProtoAuthn}} {
		asking.Connection.Request.AuthnContexts = c.wanted
		_, _, err := verify(service(), asking, message(t, b, "signed assertion"))
		require.Equal(t, c.code, sso.CodeOf(err))
	}
}

// TestNameIDFormatIsAskedForAndNotDemanded: who it is follows from the name, whatever it is called.
func TestNameIDFormatIsAskedForAndNotDemanded(t *testing.T) {
	b := base(t)
	asking := target(b.Key)
	for _, format := range []string{"", sso.FormatEmail, devidp.FormatPersistent} {
		asking.Connection.Request.NameIDFormat = format
		a, _, err := verify(service(), asking, message(t, b, "signed assertion"))
		require.NoError(t, err)
		require.Equal(t, sso.FormatEmail, a.NameID.Format, "as it came")
	}
}

// TestTenantsAreApart: one provider, one key, two tenants. What is made for one is of no use at the other.
func TestTenantsAreApart(t *testing.T) {
	b := base(t)
	for _, change := range []func(*devidp.Response){
		func(*devidp.Response) {},
		func(r *devidp.Response) { r.Destination = b.OtherSP.ACSURL },
		func(r *devidp.Response) {
			r.Destination, r.Assertions[0].Confirmations[0].Recipient = b.OtherSP.ACSURL, b.OtherSP.ACSURL
		},
		func(r *devidp.Response) {
			r.Destination, r.Assertions[0].Conditions.Audiences = b.OtherSP.ACSURL, [][]string{{b.OtherSP.EntityID}}
		},
	} {
		r := vectors.Response(b)
		change(r)
		other := target(b.Key)
		other.Tenant.ID = "other"
		_, _, err := verify(service(), other, signed(t, b, r))
		require.Contains(t, []sso.Code{sso.ProtoDestination, sso.ProtoRecipient, sso.ProtoAudience}, sso.CodeOf(err))
	}
}

func TestRequestMustBeTheOneExpected(t *testing.T) {
	b := base(t)
	for _, expected := range []string{"", asked + "x"} {
		r, err := service().Open(t.Context(), target(b.Key), message(t, b, "signed assertion"))
		require.NoError(t, err)
		require.Equal(t, asked, r.InResponseTo())
		_, err = r.Verify(t.Context(), login.Expectation{RequestID: expected})
		require.Equal(t, sso.CorrRequest, sso.CodeOf(err))
	}
	unsolicited := vectors.Response(b)
	unsolicited.InResponseTo, unsolicited.Assertions[0].Confirmations[0].InResponseTo = "", ""
	r, err := service().Open(t.Context(), target(b.Key), signed(t, b, unsolicited))
	require.NoError(t, err)
	require.Empty(t, r.InResponseTo())
	_, err = r.Verify(t.Context(), login.Expectation{})
	require.Equal(t, sso.CorrRequest, sso.CodeOf(err), "nothing expected is answered by nothing")
}

func TestStatusNamesOnlyWhatSAMLNames(t *testing.T) {
	b := base(t)
	for sub, want := range map[string]string{devidp.StatusAuthnFailed: "AuthnFailed", "": "Responder", "urn:x:<script>": "another reason"} {
		r := vectors.Response(b)
		r.Status = devidp.Status{Code: devidp.StatusResponder, SubCode: sub, Message: "secret"}
		_, steps, err := verify(service(), target(b.Key), signed(t, b, r))
		require.Equal(t, sso.IDPStatus, sso.CodeOf(err))
		require.Equal(t, want, refusalOf(t, err).Params["status"])
		require.Equal(t, want, steps[len(steps)-1].Got)
	}
}

// TestStepsAreTheCallersToExtend: core/login puts a step of its own between ours.
func TestStepsAreTheCallersToExtend(t *testing.T) {
	b := base(t)
	r, err := service().Open(context.Background(), target(b.Key), message(t, b, "signed assertion"))
	require.NoError(t, err)
	mine := append(r.Steps(), sso.Step{Name: "flow"})
	_, err = r.Verify(context.Background(), login.Expectation{RequestID: asked})
	require.NoError(t, err)
	require.Equal(t, "flow", mine[3].Name)
	require.Equal(t, "structure", r.Steps()[3].Name)
}

// TestTracesShowWhatCameInOneLine: at most 256 bytes of it, whole characters, and no control character.
func TestTracesShowWhatCameInOneLine(t *testing.T) {
	b := base(t)
	for issuer, want := range map[string]string{
		"urn:x\n\x7fy":                           "urn:x  y",
		strings.Repeat("x", 256):                 strings.Repeat("x", 256),
		strings.Repeat("x", 257):                 strings.Repeat("x", 256) + "…",
		strings.Repeat("x", 255) + "ü":           strings.Repeat("x", 255) + "…",
		strings.Repeat("ü", 5_000):               strings.Repeat("ü", 128) + "…",
		strings.Repeat("x", 253) + "\U0001F600x": strings.Repeat("x", 253) + "…",
	} {
		r := vectors.Response(b)
		r.Issuer = issuer
		_, steps, err := verify(service(), target(b.Key), signed(t, b, r))
		require.Equal(t, sso.ProtoIssuer, sso.CodeOf(err))
		require.Equal(t, want, steps[len(steps)-1].Got)
	}
}

// TestVerifyReadsWhatAnAttributeSaysOfItself: names of all kinds, and of values with elements inside only the one NameID that is text.
func TestVerifyReadsWhatAnAttributeSaysOfItself(t *testing.T) {
	b := base(t)
	const open = `<saml:Attribute Name="urn:oid:1" FriendlyName="mail" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">`
	var values strings.Builder
	for _, v := range []string{
		"plain", "<saml:NameID>targeted</saml:NameID>", "<saml:NameID>a</saml:NameID><saml:NameID>b</saml:NameID>", "<saml:NameID>c</saml:NameID><saml:x/>",
		"<saml:NameID>d<saml:x/></saml:NameID>", "text<saml:NameID>e</saml:NameID>", "<saml:x>f</saml:x>", " \n<saml:NameID>spaced</saml:NameID> ",
	} {
		values.WriteString("<saml:AttributeValue>" + v + "</saml:AttributeValue>")
	}
	doc, err := vectors.Vector{}.Bare(b)
	require.NoError(t, err)
	doc = strings.Replace(doc, "<saml:AttributeStatement>", "<saml:AttributeStatement>"+open+values.String()+"</saml:Attribute>"+`<saml:Attribute Name="none"/>`, 1)
	doc, err = vectors.Sign(b, doc)
	require.NoError(t, err)
	a, _, err := verify(service(), target(b.Key), base64.StdEncoding.EncodeToString([]byte(doc)))
	require.NoError(t, err)
	require.Equal(t, sso.Attribute{
		Name: "urn:oid:1", FriendlyName: "mail", NameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:uri", Values: []string{"plain", "targeted", "spaced"},
	}, a.Attributes[0])
	require.Equal(t, "none", a.Attributes[1].Name, "it is there, without values")
}

func TestANameMayHave1024Bytes(t *testing.T) {
	b := base(t)
	r := vectors.Response(b)
	r.Assertions[0].NameID.Value = strings.Repeat("x", sso.MaxNameID)
	a, _, err := verify(service(), target(b.Key), signed(t, b, r))
	require.NoError(t, err)
	require.Len(t, a.NameID.Value, sso.MaxNameID)
}

// TestTheLastConfirmationAndTheFirstEndCount: of several bearers that are satisfied the one that holds longest, of several statements the end that comes
// first.
func TestTheLastConfirmationAndTheFirstEndCount(t *testing.T) {
	b := base(t)
	for _, order := range [][]time.Duration{{3 * time.Minute, 4 * time.Minute}, {4 * time.Minute, 3 * time.Minute}} {
		r := vectors.Response(b)
		bearer := r.Assertions[0].Confirmations[0]
		r.Assertions[0].Confirmations = nil
		for _, d := range order {
			bearer.NotOnOrAfter = clock.Add(d)
			r.Assertions[0].Confirmations = append(r.Assertions[0].Confirmations, bearer)
		}
		a, _, err := verify(service(), target(b.Key), signed(t, b, r))
		require.NoError(t, err)
		require.Equal(t, clock.Add(4*time.Minute+skew), a.NotOnOrAfter)

		doc, err := vectors.Vector{}.Bare(b)
		require.NoError(t, err)
		var statements strings.Builder
		for _, d := range order {
			fmt.Fprintf(&statements, `<saml:AuthnStatement AuthnInstant="%s" SessionNotOnOrAfter="%s"/>`, clock.Format(time.RFC3339), clock.Add(d).Format(time.RFC3339))
		}
		doc, err = vectors.Sign(b, strings.Replace(doc, "<saml:AuthnStatement ", statements.String()+"<saml:AuthnStatement ", 1))
		require.NoError(t, err)
		a, _, err = verify(service(), target(b.Key), base64.StdEncoding.EncodeToString([]byte(doc)))
		require.NoError(t, err)
		require.Equal(t, clock.Add(3*time.Minute), a.SessionNotOnOrAfter)
	}
}

func TestTwoStatusesAreNone(t *testing.T) {
	b := base(t)
	doc, err := vectors.Vector{}.XML(b)
	require.NoError(t, err)
	_, status, _ := strings.Cut(doc, "<samlp:Status>")
	status, _, _ = strings.Cut(status, "</samlp:Status>")
	for name, twice := range map[string]string{
		"Status":     strings.Replace(doc, "<samlp:Status>", "<samlp:Status>"+status+"</samlp:Status><samlp:Status>", 1),
		"StatusCode": strings.Replace(doc, status, status+status, 1),
		"none":       strings.Replace(doc, status, "", 1),
	} {
		_, _, err := verify(service(), target(b.Key), base64.StdEncoding.EncodeToString([]byte(twice)))
		require.Equal(t, sso.IDPStatus, sso.CodeOf(err), name)
		require.Equal(t, "no clear status", refusalOf(t, err).Params["status"], name)
	}
}
