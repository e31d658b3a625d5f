package sdk_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
)

const (
	acmeOkta   = "http://www.okta.com/exk1acme"
	acmeGoogle = "https://accounts.google.com/o/saml2?idpid=C01"
)

func TestRecognise(t *testing.T) {
	t.Parallel()
	okta, google := entity(acmeOkta, "https://acme.okta.com/app/a/exk1acme/sso/saml", ""), entity(acmeGoogle, "https://accounts.google.com/o/saml2/idp?idpid=C01", "")
	for name, c := range map[string]struct {
		document, chosen string
		want, advised    string
		err              error
	}{
		"the only one":               {document: google, want: acmeGoogle},
		"the only one of ours":       {document: "<EntitiesDescriptor>" + google + okta + "</EntitiesDescriptor>", want: acmeOkta, advised: acmeOkta},
		"the one that was named":     {document: "<EntitiesDescriptor>" + google + okta + "</EntitiesDescriptor>", chosen: acmeGoogle, want: acmeGoogle, advised: acmeGoogle},
		"named, and the only one":    {document: okta, chosen: acmeOkta, want: acmeOkta},
		"named, and not there":       {document: okta, chosen: "urn:nobody", err: sdk.ErrSeveral},
		"two of ours":                {document: "<EntitiesDescriptor>" + okta + okta + "</EntitiesDescriptor>", err: sdk.ErrSeveral},
		"none of ours among several": {document: "<EntitiesDescriptor>" + google + google + "</EntitiesDescriptor>", err: sdk.ErrSeveral},
		"no metadata":                {document: "<html/>", err: sdk.ErrNoMetadata},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, advice, err := sdk.Recognise(&sdk.MetadataRequest{Document: []byte(c.document), EntityID: c.chosen}, "Okta")
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.want, got.ID)
			require.Equal(t, &sdk.MetadataAdvice{EntityID: c.advised}, advice)
		})
	}
}

func TestAStrangerIsCalledByItsName(t *testing.T) {
	t.Parallel()
	require.Empty(t, sdk.Entity{ID: acmeOkta}.Stranger("acme", "look", "Acme", "Okta"))
	named := sdk.Entity{ID: acmeGoogle}.Stranger("acme", "Look there.", "Acme", "Okta")
	require.Equal(t, []sdk.Problem{{
		Severity: sdk.SeverityWarning, Field: sdk.FieldMetadataXML, Code: "acme.other_provider",
		Summary: "This metadata does not look like Acme's but like that of Google Workspace.",
		Fix:     "If it is another provider's, choose that provider. If it is Acme's: Look there.",
	}}, named)
	nobody := sdk.Entity{ID: "urn:nobody"}.Stranger("acme", "Look there.", "Acme")
	require.Equal(t, "This metadata does not look like Acme's.", nobody[0].Summary)
}

func TestWeakKeysAreThoseThatTheHostLeavesOut(t *testing.T) {
	t.Parallel()
	bits := func(n uint) *rsa.PublicKey { return &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), n-1), E: 65537} }
	for _, c := range []struct {
		key  crypto.PublicKey
		weak bool
	}{
		{bits(1024), true},
		{bits(2047), true},
		{bits(2048), false},
		{bits(4096), false},
		{&ecdsa.PublicKey{Curve: elliptic.P224()}, true},
		{&ecdsa.PublicKey{Curve: elliptic.P256()}, false},
		{&ecdsa.PublicKey{Curve: elliptic.P521()}, false},
		{ed25519.PublicKey{}, true},
	} {
		certificates := []*x509.Certificate{{PublicKey: bits(2048)}, {PublicKey: c.key}}
		require.Equal(t, c.weak, sdk.Entity{Certificates: certificates}.HasWeakKey(), "%T", c.key)
	}
	require.False(t, sdk.Entity{}.HasWeakKey())
}

func TestOutlineReadsValidUntil(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"2028-07-19T17:28:34.000Z": time.Date(2028, 7, 19, 17, 28, 34, 0, time.UTC),
		"tomorrow":                 {},
		"":                         {},
	} {
		got, err := sdk.Outline([]byte(`<EntityDescriptor entityID="a" validUntil="` + text + `"><IDPSSODescriptor/></EntityDescriptor>`))
		require.NoError(t, err)
		require.Equal(t, want, got[0].ValidUntil, text)
	}
}
