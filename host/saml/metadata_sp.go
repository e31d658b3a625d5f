package saml

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"slices"

	"github.com/crewjam/saml"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/xmlenc"
)

// ServiceProviderMetadata is the document that describes us to a tenant's provider. It has no end of validity: consoles import it once and would
// let it expire. It lists all keys in use, for signatures oldest first and for encryption newest first: a provider that keeps only one takes the one
// that works at once and will work longest. It may be read before anything is configured; the first reading makes the key pair.
func (s *Service) ServiceProviderMetadata(ctx context.Context, t sso.TenantID) ([]byte, error) {
	const op = "saml.metadata"
	keys, err := s.activeKeys(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	sp := sso.NewServiceProvider(s.Origin, t)
	wantSigned, isDefault := true, true
	// Requests are signed where the provider asks, so nothing is said about them: a false would make SimpleSAMLphp take unsigned ones although its
	// administrator wants signatures.
	role := saml.SPSSODescriptor{WantAssertionsSigned: &wantSigned}
	role.ProtocolSupportEnumeration = nsProtocol
	for _, k := range keys {
		role.KeyDescriptors = append(role.KeyDescriptors, descriptor("signing", k))
	}
	for _, k := range slices.Backward(keys) {
		d := descriptor("encryption", k)
		for _, uri := range xmlenc.Methods() {
			d.EncryptionMethods = append(d.EncryptionMethods, saml.EncryptionMethod{Algorithm: uri})
		}
		role.KeyDescriptors = append(role.KeyDescriptors, d)
	}
	role.NameIDFormats = []saml.NameIDFormat{sso.FormatEmail, sso.FormatPersistent, sso.FormatUnspecified}
	role.AssertionConsumerServices = []saml.IndexedEndpoint{{
		Binding: sso.BindingPOST, Location: sp.ACSURL, Index: 0, IsDefault: &isDefault,
	}}
	role.SingleLogoutServices = []saml.Endpoint{
		{Binding: sso.BindingRedirect, Location: sp.SLOURL}, {Binding: sso.BindingPOST, Location: sp.SLOURL},
	}
	body, err := xml.MarshalIndent(saml.EntityDescriptor{EntityID: sp.EntityID, SPSSODescriptors: []saml.SPSSODescriptor{role}}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("%s: marshal: %w", op, err)
	}
	return append([]byte(xml.Header), body...), nil
}

func descriptor(use string, k sso.SealedKey) saml.KeyDescriptor {
	return saml.KeyDescriptor{Use: use, KeyInfo: saml.KeyInfo{X509Data: saml.X509Data{
		X509Certificates: []saml.X509Certificate{{Data: base64.StdEncoding.EncodeToString(k.Certificate)}},
	}}}
}
