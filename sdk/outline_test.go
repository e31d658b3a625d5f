package sdk_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
)

func entity(id, sso, keys string) string {
	return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="` + id + `"><md:IDPSSODescriptor>` + keys +
		`<md:SingleSignOnService Binding="b" Location="` + sso + `"/></md:IDPSSODescriptor></md:EntityDescriptor>`
}

func inUTF16(text string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return out
}

func TestOutlineForgives(t *testing.T) {
	t.Parallel()
	plain := entity("urn:acme", "https://acme.example/sso", "")
	want := []sdk.Entity{{ID: "urn:acme", SSO: []string{"https://acme.example/sso"}, Bindings: []string{"b"}}}
	for name, document := range map[string][]byte{
		"plain":             []byte(plain),
		"byte order mark":   []byte("\ufeff" + plain),
		"UTF-16 LE":         inUTF16("\ufeff"+`<?xml version="1.0" encoding="UTF-16"?>`+plain, binary.LittleEndian),
		"UTF-16 BE":         inUTF16("\ufeff"+plain, binary.BigEndian),
		"two marks":         inUTF16("\ufeff\ufeff"+plain, binary.LittleEndian),
		"another charset":   []byte(`<?xml version="1.0" encoding="ISO-8859-1"?>` + plain),
		"comments around":   []byte("\n <!-- ours -->" + plain + "<!-- end -->"),
		"an aggregate":      []byte(`<EntitiesDescriptor><EntitiesDescriptor>` + plain + `</EntitiesDescriptor><EntityDescriptor entityID="sp"/></EntitiesDescriptor>`),
		"breaks off":        []byte(`<EntitiesDescriptor>` + plain + `<EntityDescriptor entityID="half"><IDPSSO`),
		"unreadable key":    []byte(entity("urn:acme", "https://acme.example/sso", `<KeyDescriptor><KeyInfo><X509Data><X509Certificate>AAAA</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`)),
		"odd bytes at last": append([]byte(plain), 0xff),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := sdk.Outline(document)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestOutlineTellsWhatRequestsShouldBe(t *testing.T) {
	t.Parallel()
	got, err := sdk.Outline([]byte(`<EntityDescriptor entityID="a"><IDPSSODescriptor WantAuthnRequestsSigned="true"><NameIDFormat> urn:x
		</NameIDFormat><NameIDFormat>urn:y</NameIDFormat></IDPSSODescriptor></EntityDescriptor>`))
	require.NoError(t, err)
	require.Equal(t, []sdk.Entity{{ID: "a", NameIDFormats: []string{"urn:x", "urn:y"}, WantsSigned: true}}, got)
}

func TestOutlineOfWhatIsNoMetadata(t *testing.T) {
	t.Parallel()
	for _, document := range []string{"", "\xff\xfe", "\xff\xfe<", "{}", "<html><body>Sign in</body></html>", `<EntityDescriptor entityID="sp"><SPSSODescriptor/></EntityDescriptor>`, strings.Repeat("<a>", 1000)} {
		_, err := sdk.Outline([]byte(document))
		require.ErrorIs(t, err, sdk.ErrNoMetadata, "%.40q", document)
	}
}

func TestOutlineSaysWhoseMetadataItIsInstead(t *testing.T) {
	t.Parallel()
	const sp, other = `<EntityDescriptor entityID="sp"><SPSSODescriptor/></EntityDescriptor>`, `<EntityDescriptor entityID="fs"><RoleDescriptor/></EntityDescriptor>`
	for document, want := range map[string]error{
		sp: sdk.ErrServiceProvider, other: sdk.ErrOtherRoles, `<EntityDescriptor entityID="fs"><RoleDescriptor/><SPSSODescriptor/></EntityDescriptor>`: sdk.ErrServiceProvider,
		"<EntitiesDescriptor>" + other + sp + "</EntitiesDescriptor>": sdk.ErrServiceProvider, "<EntitiesDescriptor>" + sp + other + "</EntitiesDescriptor>": sdk.ErrServiceProvider,
		`<EntityDescriptor entityID="x"/>`: sdk.ErrNoMetadata, "<html/>": sdk.ErrNoMetadata,
	} {
		_, err := sdk.Outline([]byte(document))
		require.Equal(t, want, err, document)
		require.ErrorIs(t, err, sdk.ErrNoMetadata)
	}
	_, err := sdk.Outline([]byte("<EntitiesDescriptor>" + sp + entity("urn:acme", "https://acme.example/sso", "") + "</EntitiesDescriptor>"))
	require.NoError(t, err)
}

func TestOutlineListsEachSigningCertificateOnce(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	text := base64.StdEncoding.EncodeToString(der)
	descriptor := func(use, text string) string {
		return `<KeyDescriptor` + use + `><KeyInfo><X509Data><X509Certificate>` + text + `</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`
	}
	got, err := sdk.Outline([]byte(entity("urn:acme", "https://acme.example/sso",
		descriptor(` use="signing"`, text)+descriptor("", text[:64]+"\n  "+text[64:])+descriptor(` use="encryption"`, text))))
	require.NoError(t, err)
	require.Len(t, got[0].Certificates, 1)
	require.Equal(t, der, got[0].Certificates[0].Raw)

	got, err = sdk.Outline([]byte(entity("urn:acme", "https://acme.example/sso", descriptor(` use="encryption"`, text))))
	require.NoError(t, err)
	require.Empty(t, got[0].Certificates)
}

func TestProductsAreRecognisedByTheirAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, sso, want string }{
		{"http://www.okta.com/exk1", "https://acme.okta.com/app/acme_app_1/exk1/sso/saml", "Okta"},
		{"urn:acme:custom", "https://login.acme.example/app/acme_app_1/exk1/sso/saml", "Okta"},
		{"https://auth.pingone.com.au/3030059e", "https://auth.pingone.com.au/3030059e/saml20/idp/sso", "PingOne"},
		{"https://pingone.com/idp/acme", "https://sso.connect.pingidentity.com/sso/idp/SSO.saml2?idpid=1", "PingOne"},
		{"acme", "https://sso.acme.example:9031/idp/SSO.saml2", "PingFederate"},
		{"https://accounts.google.com/o/saml2?idpid=C01", "https://accounts.google.com/o/saml2/idp?idpid=C01", "Google Workspace"},
		{"https://sts.windows.net/a9054a0f/", "https://login.microsoftonline.com/a9054a0f/saml2", "Microsoft Entra ID"},
		{"http://sts.acme.example/adfs/services/trust", "https://sts.acme.example/adfs/ls/", "AD FS"},
		{"https://id.acme.example/realms/staff", "https://id.acme.example/realms/staff/protocol/saml", "Keycloak"},
		{"urn:acme.auth0.com", "https://acme.auth0.com/samlp/AX3jRN4", "Auth0"},
		{"https://app.onelogin.com/saml/metadata/1", "https://acme.onelogin.com/trust/saml2/http-post/sso/1", "OneLogin"},
		{"IdP Entity ID", "https://sso.jumpcloud.com/saml2/acme", "JumpCloud"},
		{"JumpCloud", "https://sso.eu.jumpcloud.com/saml2/acme", "JumpCloud"},
		{"https://idp.acme.example", "https://idp.acme.example/sso", ""},
		{"https://evil.example/?http://www.okta.com/exk1", "https://evil.example/sso", ""},
	} {
		require.Equal(t, c.want, sdk.Entity{ID: c.id, SSO: []string{c.sso}}.Product(), c.id)
	}
}

func FuzzOutline(f *testing.F) {
	f.Add([]byte(entity("urn:acme", "https://acme.example/sso", "<KeyDescriptor/>")))
	f.Add([]byte("\xff\xfe<\x00a\x00"))
	f.Add([]byte(`<!DOCTYPE x [<!ENTITY a "b">]><EntityDescriptor entityID="&a;"><IDPSSODescriptor/></EntityDescriptor>`))
	f.Fuzz(func(t *testing.T, document []byte) {
		entities, err := sdk.Outline(document)
		require.Equal(t, err == nil, len(entities) > 0)
		for _, e := range entities {
			_ = e.Product()
		}
	})
}
