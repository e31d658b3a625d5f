package signedxml_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/testing/need"
)

const (
	samlURI  = "urn:oasis:names:tc:SAML:2.0:assertion"
	samlpURI = "urn:oasis:names:tc:SAML:2.0:protocol"
	dsURI    = "http://www.w3.org/2000/09/xmldsig#"
)

// signer is a key with a certificate of its own.
type signer struct {
	crypto.Signer
	cert *x509.Certificate
}

func newSigner(t testing.TB, key crypto.Signer) signer {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return signer{key, cert}
}

// Keys are slow to make, so each is made once, when it is first needed.
var (
	rsaKey   = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
	otherKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
)

func rsaSigner(t testing.TB) signer {
	t.Helper()
	key, err := rsaKey()
	require.NoError(t, err)
	return newSigner(t, key)
}

func otherSigner(t testing.TB) signer {
	t.Helper()
	key, err := otherKey()
	require.NoError(t, err)
	return newSigner(t, key)
}

func ecdsaSigner(t testing.TB, curve elliptic.Curve) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(t, err)
	return newSigner(t, key)
}

func (s signer) keys() []signedxml.Key { return []signedxml.Key{{Public: s.Public()}} }

// find gives the element with this ID.
func find(t testing.TB, doc []byte, id string) signedxml.Node {
	t.Helper()
	d, err := signedxml.Parse(doc, signedxml.DefaultLimits())
	require.NoError(t, err)
	if got, _ := d.Root().Attr("ID"); got == id {
		return d.Root()
	}
	for n := range d.Root().Descendants() {
		if got, _ := n.Attr("ID"); got == id {
			return n
		}
	}
	t.Fatalf("no element with ID %s", id)
	return signedxml.Node{}
}

// verify is our own verdict over the element with this ID.
func verify(t testing.TB, doc []byte, id string, s signer, p signedxml.Policy) error {
	t.Helper()
	sig, ok, err := find(t, doc, id).Signature()
	if err != nil {
		return err
	}
	require.True(t, ok, "no signature")
	_, err = sig.Verify(s.keys(), p)
	return err
}

// etreeElement gives the element with this ID as goxmldsig sees it.
func etreeElement(doc []byte, id string) *etree.Element {
	d := etree.NewDocument()
	if err := d.ReadFromBytes(doc); err != nil || d.Root() == nil {
		return nil
	}
	for _, e := range append([]*etree.Element{d.Root()}, d.Root().FindElements(".//*")...) {
		for _, a := range e.Attr {
			if a.Space == "" && a.Key == "ID" && a.Value == id {
				return e
			}
		}
	}
	return nil
}

// detached gives the element with the declarations of its ancestors, as callers of goxmldsig have to prepare it.
func detached(e *etree.Element) (*etree.Element, error) {
	ctx, err := etreeutils.NSBuildParentContext(e)
	if err != nil {
		return nil, err
	}
	return etreeutils.NSDetatch(ctx, e)
}

// goxmldsigVerify is goxmldsig's verdict over the element with this ID.
func goxmldsigVerify(doc []byte, id string, cert *x509.Certificate) error {
	e := etreeElement(doc, id)
	if e == nil {
		return os.ErrNotExist
	}
	e, err := detached(e)
	if err != nil {
		return err
	}
	ctx := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{cert}})
	_, err = ctx.Validate(e)
	return err
}

// xmlsecVerify is xmlsec1's verdict over the first signature of the document, together with what it printed.
func xmlsecVerify(t testing.TB, doc []byte, s signer) (string, error) {
	t.Helper()
	tool := need.XMLSec(t)
	dir := t.TempDir()
	der, err := x509.MarshalPKIXPublicKey(s.Public())
	require.NoError(t, err)
	key, file := filepath.Join(dir, "key.pem"), filepath.Join(dir, "doc.xml")
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(file, doc, 0o600))
	kind := "rsa"
	if _, ok := s.Public().(*ecdsa.PublicKey); ok {
		kind = "ecdsa"
	}
	out, err := exec.CommandContext(t.Context(), tool, "--verify", "--pubkey-pem", key, "--enabled-key-data", kind,
		"--id-attr:ID", samlURI+":Assertion", "--id-attr:ID", samlpURI+":Response", "--id-attr:ID", "urn:test:apex:Apex",
		"--store-references", "--store-signatures", "--print-debug", file).CombinedOutput()
	return string(out), err
}
