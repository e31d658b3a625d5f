package saml_test

import (
	"encoding/base64"
	"encoding/xml"
	"sync"
	"testing"
	"time"

	crewjam "github.com/crewjam/saml"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

func TestServiceProviderMetadata(t *testing.T) {
	s := newcomer()
	doc, err := s.ServiceProviderMetadata(t.Context(), "acme")
	require.NoError(t, err)
	require.NotContains(t, string(doc), "validUntil", "consoles import it once")
	require.NotContains(t, string(doc), "cacheDuration")
	var parsed crewjam.EntityDescriptor
	err = xml.Unmarshal(doc, &parsed)
	require.NoError(t, err)
	require.Equal(t, origin+"/saml/acme/metadata", parsed.EntityID)
	role := parsed.SPSSODescriptors[0]
	require.Equal(t, []crewjam.IndexedEndpoint{{
		Binding: sso.BindingPOST, Location: origin + "/saml/acme/acs", Index: 0, IsDefault: role.AssertionConsumerServices[0].IsDefault,
	}}, role.AssertionConsumerServices)
	require.True(t, *role.AssertionConsumerServices[0].IsDefault)
	require.True(t, *role.WantAssertionsSigned)
	require.Nil(t, role.AuthnRequestsSigned, "a false would switch off what the provider's administrator wants")
	require.Len(t, role.KeyDescriptors, 2)
	cert := signingKey(t, s)
	for i, use := range []string{"signing", "encryption"} {
		require.Equal(t, use, role.KeyDescriptors[i].Use)
		require.Equal(t, base64.StdEncoding.EncodeToString(cert.Raw), role.KeyDescriptors[i].KeyInfo.X509Data.X509Certificates[0].Data)
	}
	require.Equal(t, "http://www.w3.org/2009/xmlenc11#aes256-gcm", role.KeyDescriptors[1].EncryptionMethods[0].Algorithm, "what we like best comes first")
	require.Len(t, role.KeyDescriptors[1].EncryptionMethods, 8)
	require.Equal(t, clock.AddDate(10, 0, 0), cert.NotAfter)
	require.True(t, cert.NotBefore.Before(clock))
	require.NoError(t, cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature))

	again, err := s.ServiceProviderMetadata(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, doc, again)
	other, err := s.ServiceProviderMetadata(t.Context(), "other")
	require.NoError(t, err)
	require.NotContains(t, string(other), base64.StdEncoding.EncodeToString(cert.Raw), "tenants share no key")
}

func TestMetadataListsKeysInUseAndTheOldestSigns(t *testing.T) {
	s := newcomer()
	kept := s.Keys.(*fakeKeys)
	first := sealedKey(t)
	second := sealedKey(t)
	retired := sealedKey(t)
	retired.RetiredAt = clock
	kept.rows = []sso.SealedKey{retired, first, second}
	doc, err := s.ServiceProviderMetadata(t.Context(), "acme")
	require.NoError(t, err)
	for k, want := range map[*sso.SealedKey]bool{&first: true, &second: true, &retired: false} {
		if want {
			require.Contains(t, string(doc), base64.StdEncoding.EncodeToString(k.Certificate))
		} else {
			require.NotContains(t, string(doc), base64.StdEncoding.EncodeToString(k.Certificate))
		}
	}
	spec := login.RequestSpec{Target: target()}
	spec.Target.Connection.Request.Sign = true
	kept.rows = []sso.SealedKey{retired, first}
	_, err = s.Request(t.Context(), spec)
	require.NoError(t, err)
	kept.rows[1].Sealed = second.Sealed
	_, err = s.Request(t.Context(), spec)
	require.ErrorContains(t, err, "sealed for something else", "a key moved to another row does not open")
}

// sealedKey makes one as a service does.
func sealedKey(t *testing.T) sso.SealedKey {
	t.Helper()
	s := newcomer()
	_, err := s.ServiceProviderMetadata(t.Context(), "acme")
	require.NoError(t, err)
	return s.Keys.(*fakeKeys).rows[0]
}

func TestCrowdMakesOneKey(t *testing.T) {
	s := newcomer()
	var crowd sync.WaitGroup
	for range 8 {
		crowd.Go(func() { s.ServiceProviderMetadata(t.Context(), "acme") })
	}
	crowd.Wait()
	signingKey(t, s)
	require.Equal(t, clock.Truncate(time.Second), s.Keys.(*fakeKeys).rows[0].CreatedAt)
}
