package saml_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/samltest"
	"github.com/idplug/idplug/testing/vectors"
)

// usualMessage is a response of about 10 KB as Okta makes them: 12 attributes, 20 groups, xs and xsi declared on every value.
func usualMessage(b testing.TB) (vectors.Base, string) {
	w := base(b)
	r := vectors.Response(w)
	r.Style = devidp.Style{Declaration: `version="1.0" encoding="UTF-8"`, Protocol: "saml2p", Assertion: "saml2", Redeclare: true}
	r.Assertions[0].Attributes = nil
	for i := range 12 {
		a := devidp.Attribute{Name: fmt.Sprintf("attribute%d", i), NameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified", Type: "xs:string"}
		for j := range 1 + i/11*19 {
			a.Values = append(a.Values, fmt.Sprintf("value %d of attribute %d", j, i))
		}
		r.Assertions[0].Attributes = append(r.Assertions[0].Attributes, a)
	}
	m, err := vectors.Encode(w, r, samltest.Signing{FormList: "xs"})
	require.NoError(b, err)
	return w, m
}

// BenchmarkVerify is a whole login's verification: from the form's value to the assertion.
func BenchmarkVerify(b *testing.B) {
	w, m := usualMessage(b)
	s, t := service(), target(w.Key)
	b.SetBytes(int64(base64.StdEncoding.DecodedLen(len(m))))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := verify(s, t, m); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerifyRefused is what an anonymous client's forgery costs: one changed byte.
func BenchmarkVerifyRefused(b *testing.B) {
	w, m := usualMessage(b)
	raw, err := base64.StdEncoding.DecodeString(m)
	require.NoError(b, err)
	m = base64.StdEncoding.EncodeToString(bytes.Replace(raw, []byte("value 3"), []byte("value 4"), 1))
	s, t := service(), target(w.Key)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := verify(s, t, m); err == nil {
			b.Fatal("accepted")
		}
	}
}

// BenchmarkVerifyGroups is a person with 5,000 groups.
func BenchmarkVerifyGroups(b *testing.B) {
	w := base(b)
	m := message(b, w, "5000 groups")
	s, t := service(), target(w.Key)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := verify(s, t, m); err != nil {
			b.Fatal(err)
		}
	}
}
