package saml_test

import (
	"encoding/base64"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/samltest"
	"github.com/idplug/idplug/testing/score"
	"github.com/idplug/idplug/testing/vectors"
)

// oracle is crewjam/saml set up for the same connection.
func oracle(t testing.TB, target login.Target, now time.Time) *crewjam.ServiceProvider {
	t.Helper()
	sp := sso.NewServiceProvider(origin, target.Tenant.ID)
	acs, err := url.Parse(sp.ACSURL)
	require.NoError(t, err)
	role := crewjam.IDPSSODescriptor{}
	for _, c := range target.Connection.IdP.Certificates {
		role.KeyDescriptors = append(role.KeyDescriptors, crewjam.KeyDescriptor{Use: "signing", KeyInfo: crewjam.KeyInfo{
			X509Data: crewjam.X509Data{X509Certificates: []crewjam.X509Certificate{{Data: base64.StdEncoding.EncodeToString(c.DER)}}},
		}})
	}
	ours, err := spKeys()
	require.NoError(t, err)
	return &crewjam.ServiceProvider{
		Key: ours[0].Signer, Certificate: ours[0].Certificate, EntityID: sp.EntityID, AcsURL: *acs, Clock: dsig.NewFakeClockAt(now),
		IDPMetadata: &crewjam.EntityDescriptor{EntityID: target.Connection.IdP.EntityID, IDPSSODescriptors: []crewjam.IDPSSODescriptor{role}},
	}
}

// patient gives crewjam our freshness for the test: its own 90 s refuse answers to logins that take a coffee.
func patient(t testing.TB) {
	before := crewjam.MaxIssueDelay
	crewjam.MaxIssueDelay = login.FlowTTL + skew
	t.Cleanup(func() { crewjam.MaxIssueDelay = before })
}

// longest is the size, in base64, up to which crewjam/saml is asked: what it spends grows with the square of the message, and 10,000 groups take it
// more than a minute.
const longest = 256 << 10

// TestOracle: what we accept crewjam/saml accepts, with the same name and attributes.
func TestOracle(t *testing.T) {
	patient(t)
	b, s := base(t), service()
	compared, differing := 0, 0
	for _, v := range vectors.All() {
		if v.Code != "" {
			continue
		}
		same := t.Run(v.Name, func(t *testing.T) {
			message, err := v.Message(b)
			require.NoError(t, err)
			a, _, err := verify(s, target(b.Key), message)
			require.NoError(t, err)
			if len(message) > longest {
				return
			}
			raw, err := base64.StdEncoding.DecodeString(message)
			require.NoError(t, err)
			other, err := ask(oracle(t, target(b.Key), clock), string(raw))
			if err != nil && fault(string(raw), err) != "" {
				return
			}
			compared++
			require.NoError(t, err)
			agree(t, string(raw), other, a)
		})
		if !same {
			differing++
		}
	}
	score.Report(t, "messages that crewjam/saml was asked about", float64(compared), ">= 80")
	score.Report(t, "messages that we accept and crewjam/saml reads otherwise", float64(differing), "= 0")
}

// keyInfo is what nobody signed of a signature.
var keyInfo = regexp.MustCompile(`(?s)<(\w+:)?KeyInfo[\s/>].*?</(\w+:)?KeyInfo\s*>`)

// ask gives a document to crewjam. It compares the certificate in KeyInfo, which we never look at, with the metadata's, and takes white space in
// attributes as it stands: where it refuses a document, it is asked again without the first KeyInfo, the Response's where that is signed, and without
// any, and with spaces.
func ask(sp *crewjam.ServiceProvider, doc string) (*crewjam.Assertion, error) {
	a, err := sp.ParseXMLResponse([]byte(doc), []string{asked}, sp.AcsURL)
	if err == nil {
		return a, nil
	}
	spellings := []string{strings.Replace(doc, keyInfo.FindString(doc), "", 1), keyInfo.ReplaceAllString(doc, "")}
	if spaced := samltest.Spaced(doc); spaced != doc {
		spellings = append(spellings, spaced, strings.Replace(spaced, keyInfo.FindString(spaced), "", 1), keyInfo.ReplaceAllString(spaced, ""))
	}
	for _, spelling := range spellings {
		if spelling == doc {
			continue
		}
		if again, err := sp.ParseXMLResponse([]byte(spelling), []string{asked}, sp.AcsURL); err == nil {
			return again, nil
		}
	}
	return a, private(err)
}

// fault says why crewjam may refuse a good answer in these words, or "": none of the reasons for which [ask] asks again among them.
func fault(doc string, err error) string {
	doc = keyInfo.ReplaceAllString(samltest.Spaced(doc), "")
	says := func(words string) bool { return strings.Contains(err.Error(), words) }
	switch {
	case says("undeclared namespace prefix") && strings.Contains(doc, "EncryptedAssertion"):
		return "reads what was encrypted without the declarations around it"
	case says("strconv.") && (strings.Contains(doc, "ProxyRestriction") || strings.Contains(doc, ":nil=")):
		return "reads numbers and truth values that neither of us asks for: Count of ProxyRestriction, xsi:nil"
	case says("invalid XML name"):
		return samltest.NameFault(doc)
	case says("cannot validate signature"), says("roundtrip error"):
		return samltest.VerdictFault(doc)
	}
	return ""
}

func private(err error) error {
	if e, ok := errors.AsType[*crewjam.InvalidResponseError](err); ok {
		return e.PrivateErr
	}
	return err
}

// structured is a document with an element in an attribute's value. crewjam gives the text around it; we leave such a value out, or give the NameID
// that is all there is in it.
var structured = regexp.MustCompile(`AttributeValue[^>]*>[^<]*<\w`)

// agree compares what both read in a document.
func agree(t *testing.T, doc string, other *crewjam.Assertion, a sso.Assertion) {
	t.Helper()
	if carriageReturn.MatchString(doc) {
		a = unixed(a)
	}
	require.Equal(t, other.ID, a.ID)
	require.Equal(t, other.Subject.NameID.Value, a.NameID.Value, doc)
	require.Equal(t, other.Subject.NameID.Format, a.NameID.Format, doc)
	want := theirs(other)
	if !structured.MatchString(doc) {
		require.Equal(t, want, a.Attributes, doc)
		return
	}
	require.Len(t, a.Attributes, len(want), doc)
	for i := range want {
		require.Equal(t, want[i].Name, a.Attributes[i].Name, doc)
		require.Subset(t, want[i].Values, a.Attributes[i].Values, doc)
	}
}

// carriageReturn is one that is not a line end, since only a reference brings it through a parser.
var carriageReturn = regexp.MustCompile(`&#(0*13|x0*[dD]);`)

// unixed has line ends as crewjam reads them: goxmldsig writes a carriage return as it is, and what reads it next takes it for a line end.
func unixed(a sso.Assertion) sso.Assertion {
	unix := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace
	a.NameID.Value, a.NameID.Format = unix(a.NameID.Value), unix(a.NameID.Format)
	a.Attributes = slices.Clone(a.Attributes)
	for i, at := range a.Attributes {
		at.Name, at.FriendlyName, at.NameFormat, at.Values = unix(at.Name), unix(at.FriendlyName), unix(at.NameFormat), slices.Clone(at.Values)
		for j, v := range at.Values {
			at.Values[j] = unix(v)
		}
		a.Attributes[i] = at
	}
	return a
}

// theirs are crewjam's attributes as we give them: without empty values.
func theirs(a *crewjam.Assertion) sso.Attributes {
	var out sso.Attributes
	for _, statement := range a.AttributeStatements {
		for _, t := range statement.Attributes {
			values := make([]string, 0, len(t.Values))
			for _, v := range t.Values {
				text := v.Value
				if v.NameID != nil {
					text = v.NameID.Value
				}
				if text != "" {
					values = append(values, text)
				}
			}
			out = append(out, sso.Attribute{Name: t.Name, FriendlyName: t.FriendlyName, NameFormat: t.NameFormat, Values: values})
		}
	}
	return out
}
