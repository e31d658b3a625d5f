package saml_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml"
)

const (
	md     = `xmlns="urn:oasis:names:tc:SAML:2.0:metadata"`
	ds     = `xmlns="http://www.w3.org/2000/09/xmldsig#"`
	saml20 = `protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"`
)

func keyDescriptor(attributes string, certs ...string) string {
	var data strings.Builder
	for _, c := range certs {
		data.WriteString("<X509Data><X509Certificate>" + c + "</X509Certificate></X509Data>")
	}
	return `<KeyDescriptor ` + attributes + `><KeyInfo ` + ds + `>` + data.String() + `</KeyInfo></KeyDescriptor>`
}

func service20(kind, binding, location string) string {
	return `<` + kind + ` Binding="urn:oasis:names:tc:SAML:2.0:bindings:` + binding + `" Location="` + location + `"/>`
}

const good = "https://idp.example/sso"

// usual is what a usual role holds: a key and an address.
func usual(t *testing.T) string {
	return keyDescriptor(`use="signing"`, pem64(t)) + service20("SingleSignOnService", "HTTP-Redirect", good)
}

func pem64(t *testing.T) string {
	return base64.StdEncoding.EncodeToString(base(t).Key.Certificate.Raw)
}

func entity(id, role string) string {
	return `<EntityDescriptor ` + md + ` entityID="` + id + `"><IDPSSODescriptor ` + saml20 + `>` + role + `</IDPSSODescriptor></EntityDescriptor>`
}

func parse(doc string) (settings.Document, error) { return new(saml.Documents).Parse([]byte(doc), "") }

// parsed reads a document that must be readable.
func parsed(t *testing.T, doc string) settings.Document {
	t.Helper()
	out, err := parse(doc)
	require.NoError(t, err)
	return out
}

func noted(d settings.Document) (codes []sso.Code) {
	for _, n := range d.Notes {
		codes = append(codes, n.Code)
	}
	return codes
}

func TestParseReadsWhatAConnectionNeeds(t *testing.T) {
	d := parsed(t, `<EntityDescriptor `+md+` entityID="urn:idp" validUntil="2030-01-02T03:04:05"><IDPSSODescriptor WantAuthnRequestsSigned="1" cacheDuration="PT1H" `+saml20+`>`+
		usual(t)+service20("SingleSignOnService", "HTTP-POST", good)+service20("SingleSignOnService", "SOAP", good)+
		service20("SingleSignOnService", "HTTP-Redirect", good)+service20("SingleLogoutService", "HTTP-POST", good+"/out")+
		`<NameIDFormat> urn:x </NameIDFormat></IDPSSODescriptor></EntityDescriptor>`)
	require.Empty(t, d.Notes)
	require.Len(t, d.IdP.Certificates, 1)
	require.Equal(t, certificate(base(t).Key), d.IdP.Certificates[0])
	d.IdP.Certificates = nil
	require.Equal(t, sso.IdentityProvider{
		EntityID: "urn:idp", ValidUntil: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), WantAuthnRequestsSigned: true, NameIDFormats: []string{"urn:x"},
		SSO: []sso.Endpoint{{Binding: sso.BindingRedirect, URL: good}, {Binding: sso.BindingPOST, URL: good}},
		SLO: []sso.Endpoint{{Binding: sso.BindingPOST, URL: good + "/out"}},
	}, d.IdP)
}

func TestParseReadsEveryEncoding(t *testing.T) {
	plain := entity("urn:idp:ü", usual(t))
	utf16le := func(s string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(s)) {
			b.WriteByte(byte(u))
			b.WriteByte(byte(u >> 8))
		}
		return b.String()
	}
	for name, doc := range map[string]string{
		"plain":       plain,
		"declared":    `<?xml version="1.0" encoding="utf-8"?>` + plain,
		"BOM":         "\xEF\xBB\xBF" + plain,
		"white space": " \n" + plain,
		"comment":     "<!-- x -->" + strings.Replace(plain, "<IDPSSO", "<!-- y --><IDPSSO", 1),
		"UTF-16":      utf16le("\uFEFF" + `<?xml version="1.0" encoding="utf-16"?>` + plain),
		"doubled BOM": utf16le("\uFEFF\uFEFF" + plain),
		"Latin 1":     `<?xml version="1.0" encoding="ISO-8859-1"?>` + strings.Replace(plain, "ü", "\xFC", 1),
	} {
		t.Run(name, func(t *testing.T) {
			d := parsed(t, doc)
			require.Equal(t, "urn:idp:ü", d.IdP.EntityID)
			require.Contains(t, d.XML, "urn:idp:ü")
			require.NotContains(t, d.XML, "\uFEFF")
			require.Equal(t, d, parsed(t, d.XML), "what is kept is read again")
		})
	}
}

func TestParseRefuses(t *testing.T) {
	sp := `<EntityDescriptor ` + md + ` entityID="urn:sp"><SPSSODescriptor ` + saml20 + `/></EntityDescriptor>`
	saml1 := strings.Replace(entity("urn:idp", usual(t)), "SAML:2.0:protocol", "SAML:1.1:protocol", 1)
	for name, c := range map[string]struct {
		doc  string
		code sso.Code
	}{
		"empty":             {" ", sso.MetadataNotSAML},
		"page":              {"<!doctype HTML><p>", sso.MetadataNotSAML},
		"json":              {"{}", sso.MetadataNotSAML},
		"address":           {"https://idp.example/metadata", sso.MetadataNotSAML},
		"certificate":       {"-----BEGIN CERTIFICATE-----", sso.MetadataNotSAML},
		"text":              {"metadata", sso.MetadataNotSAML},
		"other root":        {"<a/>", sso.MetadataNotSAML},
		"foreign namespace": {`<EntityDescriptor entityID="urn:idp"/>`, sso.MetadataNotSAML},
		"not closed":        {"<EntityDescriptor " + md + ">", sso.MetadataMalformed},
		"second root":       {entity("urn:idp", usual(t)) + "<a/>", sso.MetadataMalformed},
		"DOCTYPE":           {`<!DOCTYPE EntityDescriptor [<!ENTITY a "b">]>` + entity("urn:&a;", usual(t)), sso.MetadataMalformed},
		"depth":             {strings.Repeat("<a>", 200_000), sso.MetadataMalformed},
		"duplicate ID":      {strings.Replace(entity("urn:idp", ""), "entityID=", `entityID="urn:x" entityID=`, 1), sso.MetadataMalformed},
		"too large":         {entity("urn:idp", usual(t)+strings.Repeat(" ", 2<<20)), sso.MetadataTooLarge},
		"service provider":  {sp, sso.MetadataNoIdP},
		"SAML 1.1":          {saml1, sso.MetadataNoIdP},
		"attributes alone":  {strings.ReplaceAll(entity("urn:idp", usual(t)), "IDPSSODescriptor", "AttributeAuthorityDescriptor"), sso.MetadataNoIdP},
		"nobody":            {`<EntitiesDescriptor ` + md + `/>`, sso.MetadataNoIdP},
		"no entity ID":      {strings.Replace(entity("urn:idp", usual(t)), "entityID=", "entityId=", 1), sso.MetadataNoEntityID},
		"qualified ID":      {strings.Replace(entity("urn:idp", usual(t)), "entityID=", `xmlns:x="urn:x" x:entityID=`, 1), sso.MetadataNoEntityID},
		"empty ID":          {entity(" ", usual(t)), sso.MetadataNoEntityID},
		"long ID":           {entity(strings.Repeat("x", 1025), usual(t)), sso.MetadataNoEntityID},
		"control in ID":     {entity("urn:&#10;x", usual(t)), sso.MetadataNoEntityID},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(c.doc)
			require.Equal(t, c.code, sso.CodeOf(err), "%v", err)
		})
	}
}

// TestParseTakesAnyNameForAnEntity: the standard wants a URI of at most 1024 bytes; providers use free text, which names them as well.
func TestParseTakesAnyNameForAnEntity(t *testing.T) {
	for _, id := range []string{"Contoso Sign-In (production)", "idp", "idp.example", "http://[::1", "Ünïcode", strings.Repeat("x", 1024)} {
		require.Equal(t, id, parsed(t, entity(id, usual(t))).IdP.EntityID)
	}
}

func TestParseChoosesAmongSeveral(t *testing.T) {
	wrap := func(inner string) string {
		return `<EntitiesDescriptor ` + md + ` validUntil="2029-01-01T00:00:00Z">` + inner + `</EntitiesDescriptor>`
	}
	sp := `<EntityDescriptor entityID="urn:sp"><SPSSODescriptor ` + saml20 + `/></EntityDescriptor>`
	one := wrap(sp + wrap(entity("urn:a", usual(t))))
	d := parsed(t, one)
	require.Equal(t, "urn:a", d.IdP.EntityID)
	require.Equal(t, 2029, d.IdP.ValidUntil.Year(), "what is around an entity bounds it")
	for until, year := range map[string]int{"2028-01-01T00:00:00Z": 2028, "2001-01-01T00:00:00Z": 2001, "2031-01-01T00:00:00Z": 2029} {
		d = parsed(t, strings.Replace(one, "<IDPSSODescriptor", `<IDPSSODescriptor validUntil="`+until+`"`, 1))
		require.Equal(t, year, d.IdP.ValidUntil.Year(), "the role's own end counts where it comes first")
		warnings := sso.Connection{MetadataXML: d.XML, IdP: d.IdP}.Warnings(clock)
		told := slices.ContainsFunc(warnings, func(p sso.Problem) bool { return p.Code == sso.MetadataExpired })
		require.Equal(t, year < clock.Year(), told, "expired metadata is told of, and used: providers hand it out")
	}

	var documents saml.Documents
	two := []byte(wrap(entity("urn:a", usual(t)) + sp + entity("urn:b", usual(t))))
	_, err := documents.Parse(two, "")
	require.Equal(t, sso.MetadataMultiple, sso.CodeOf(err))
	require.Equal(t, "urn:a, urn:b", refusalOf(t, err).Params["entities"])
	d, err = documents.Parse(two, "urn:b")
	require.NoError(t, err)
	require.Equal(t, "urn:b", d.IdP.EntityID)
	for _, chosen := range []string{"urn:sp", "urn:B", "urn:c"} {
		_, err = documents.Parse(two, chosen)
		require.Equal(t, sso.MetadataEntityUnknown, sso.CodeOf(err), chosen)
	}
	_, err = documents.Parse([]byte(one), "urn:b")
	require.Equal(t, sso.MetadataEntityUnknown, sso.CodeOf(err), "a choice binds where there is only one, too")
	twice := []byte(wrap(entity("urn:a", usual(t)) + entity("urn:a", usual(t))))
	_, err = documents.Parse(twice, "urn:a")
	require.Equal(t, sso.MetadataMultiple, sso.CodeOf(err), "two entities of one name: nobody can tell which")

	var many strings.Builder
	for i := range 39 {
		many.WriteString(entity(fmt.Sprintf("urn:%02d:%s", i, strings.Repeat("x", 900)), ""))
	}
	_, err = documents.Parse([]byte(wrap(many.String())), "")
	list := refusalOf(t, err).Params["entities"]
	require.Contains(t, list, "and 19 more")
	require.Less(t, len(list), 6_000)
}

func TestParseTakesWhatSigns(t *testing.T) {
	other := base64.StdEncoding.EncodeToString(base(t).Stranger.Certificate.Raw)
	role := keyDescriptor("", pem64(t)) + keyDescriptor(`use="encryption"`, other) + service20("SingleSignOnService", "HTTP-POST", good)
	d := parsed(t, entity("urn:idp", role))
	require.Len(t, d.IdP.Certificates, 1, "a key without use signs, a key for encryption does not")
	require.Empty(t, d.IdP.Certificates[0].Use)

	d = parsed(t, entity("urn:idp", keyDescriptor(`use="encryption"`, pem64(t))+service20("SingleSignOnService", "HTTP-POST", good)))
	require.Empty(t, d.IdP.Certificates, "and where there is no other, there is none")
	missing := sso.Connection{MetadataXML: d.XML, IdP: d.IdP}.Missing()
	require.Len(t, missing, 1)
	require.Equal(t, sso.MetadataNoKey, missing[0].Code)

	spaced := strings.ReplaceAll(pem64(t)[:60], "", " \n") + pem64(t)[60:]
	repeated := keyDescriptor(`use="signing"`, pem64(t), spaced, "-----BEGIN CERTIFICATE-----\n"+pem64(t)+"\n-----END CERTIFICATE-----", other)
	d = parsed(t, entity("urn:idp", repeated))
	require.Len(t, d.IdP.Certificates, 2, "each once, in order")
	require.Equal(t, base(t).Key.Certificate.Raw, d.IdP.Certificates[0].DER)

	chain := strings.Replace(keyDescriptor("", pem64(t)), "</X509Certificate>", "</X509Certificate><X509Certificate>"+other+"</X509Certificate>", 1)
	d = parsed(t, entity("urn:idp", chain))
	require.Len(t, d.IdP.Certificates, 1, "an authority's key does not sign for the provider")

	foreign := strings.Replace(keyDescriptor("", pem64(t)), "xmldsig#", "other#", 1)
	d = parsed(t, entity("urn:idp", foreign))
	require.Empty(t, d.IdP.Certificates)
	require.Equal(t, []sso.Code{sso.MetadataBadCertificate}, noted(d))

	federation := `<RoleDescriptor xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:fed="urn:fed" xsi:type="fed:SecurityTokenServiceType" ` + saml20 + `>` + keyDescriptor(`use="signing"`, other) + `</RoleDescriptor>`
	d = parsed(t, strings.Replace(entity("urn:idp", usual(t)), "<IDPSSO", federation+"<IDPSSO", 1))
	require.Len(t, d.IdP.Certificates, 1, "another role's keys sign other things")
}

// The names of the curves P-256 and P-192 in a certificate. Go knows no P-192, which is why we cannot simply make such a key.
var (
	oidP256 = []byte{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}
	oidP192 = []byte{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01}
)

func TestParseLeavesOutWeakAndBrokenKeys(t *testing.T) {
	authority := base(t).Key
	der := func(public crypto.PublicKey) []byte {
		template := &x509.Certificate{SerialNumber: big.NewInt(7), NotBefore: clock, NotAfter: clock.AddDate(1, 0, 0)}
		der, err := x509.CreateCertificate(rand.Reader, template, authority.Certificate, public, authority.Signer)
		require.NoError(t, err)
		return der
	}
	certify := func(public crypto.PublicKey) string { return base64.StdEncoding.EncodeToString(der(public)) }
	curve := func(c elliptic.Curve) *ecdsa.PublicKey {
		k, err := ecdsa.GenerateKey(c, rand.Reader)
		require.NoError(t, err)
		return &k.PublicKey
	}
	modulus := func(bits uint, e int) *rsa.PublicKey {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		return &rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: e}
	}
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	for name, public := range map[string]crypto.PublicKey{
		"RSA 512": modulus(512, 65537), "RSA 1024": modulus(1024, 65537), "RSA 2047": modulus(2047, 65537), "RSA 16384": modulus(16384, 65537),
		"exponent 3": modulus(2048, 3), "exponent 1": modulus(2048, 1), "P-224": curve(elliptic.P224()), "Ed25519": edwards,
	} {
		t.Run(name, func(t *testing.T) {
			d := parsed(t, entity("urn:idp", keyDescriptor("", certify(public), certify(public))+usual(t)))
			require.Len(t, d.IdP.Certificates, 1, "the good one beside it stays")
			require.Contains(t, noted(d), sso.MetadataWeakKey)
			require.NotEmpty(t, d.Notes[0].Params["detail"])
			require.Empty(t, d.Notes.Failures())
		})
	}
	for _, public := range []crypto.PublicKey{curve(elliptic.P256()), curve(elliptic.P384()), curve(elliptic.P521()), modulus(2048, 65537), modulus(8192, 65537)} {
		require.Len(t, parsed(t, entity("urn:idp", keyDescriptor("", certify(public)))).IdP.Certificates, 1)
	}
	p192 := base64.StdEncoding.EncodeToString(bytes.Replace(der(curve(elliptic.P256())), oidP256, oidP192, 1))
	for _, text := range []string{"", "QUJD", "*", pem64(t)[:40], strings.Repeat("QUJD", 10_000), p192} {
		d := parsed(t, entity("urn:idp", keyDescriptor("", text)+usual(t)))
		require.Equal(t, []sso.Code{sso.MetadataBadCertificate}, noted(d), text)
		require.Len(t, d.IdP.Certificates, 1)
	}
	d := parsed(t, entity("urn:idp", `<KeyDescriptor><KeyInfo `+ds+`><KeyValue/></KeyInfo></KeyDescriptor>`))
	require.Equal(t, []sso.Code{sso.MetadataBadCertificate}, noted(d), "a bare key has no dates to warn about")
}

func TestParseLeavesOutAddressesNoBrowserShouldGoTo(t *testing.T) {
	for _, location := range []string{
		"", "javascript:alert(1)", "data:text/html,x", "http://idp.example/", "//idp.example/", "/sso", "https:///sso", "https://u:p@idp.example/", "https://idp.example/#x",
		"ftp://idp.example/", "https://idp.example/" + strings.Repeat("x", 8192), "https:idp.example", "https://[::1",
	} {
		answers := strings.Replace(service20("SingleLogoutService", "HTTP-POST", good), "/>", ` ResponseLocation="`+location+`"/>`, 1)
		for _, service := range []string{service20("SingleSignOnService", "HTTP-POST", location), service20("SingleLogoutService", "HTTP-POST", location), answers} {
			d := parsed(t, entity("urn:idp", keyDescriptor("", pem64(t))+service))
			require.Empty(t, d.IdP.SSO, service)
			require.Empty(t, d.IdP.SLO, service)
			require.Equal(t, []sso.Code{sso.MetadataEndpointDropped}, noted(d), service)
		}
	}
	for _, location := range []string{good, good + "?idpid=1&amp;x=2", "https://10.0.0.1/adfs/ls/", "https://idp.example:9031/idp/SSO.saml2"} {
		require.Len(t, parsed(t, entity("urn:idp", service20("SingleSignOnService", "HTTP-POST", location))).IdP.SSO, 1, location)
		answers := strings.Replace(service20("SingleLogoutService", "HTTP-POST", good+"/out"), "/>", ` ResponseLocation="`+location+`"/>`, 1)
		want := []sso.Endpoint{{Binding: sso.BindingPOST, URL: good + "/out", ResponseURL: strings.ReplaceAll(location, "&amp;", "&")}}
		require.Equal(t, want, parsed(t, entity("urn:idp", answers)).IdP.SLO, location)
	}
	documents := saml.Documents{Allow: []string{"localhost:8085", "localhost:80"}}
	for location, want := range map[string]int{"http://localhost:8085/sso": 1, "http://localhost/sso": 1, "http://localhost:8086/sso": 0} {
		d, err := documents.Parse([]byte(entity("urn:idp", service20("SingleSignOnService", "HTTP-POST", location))), "")
		require.NoError(t, err)
		require.Len(t, d.IdP.SSO, want, location)
	}
}
