package vectors

import (
	"crypto"
	"crypto/hmac"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

// keyValue shows the signer's key as a bare one: who believes it finds that the signature holds.
func keyValue(b Base, text string) (string, error) {
	key := strangerPublic(b)
	number := func(name string, value []byte) string {
		return "<ds:" + name + ">" + base64.StdEncoding.EncodeToString(value) + "</ds:" + name + ">"
	}
	return exchange("<ds:KeyInfo>", "</ds:KeyInfo>", "<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue>"+number("Modulus", key.N.Bytes())+
		number("Exponent", big.NewInt(int64(key.E)).Bytes())+"</ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>")(b, text)
}

// macs are right codes of authentication whose secret is the certificate that everybody can read: who takes a key for whatever the message names
// finds that they hold.
func macs() []Vector {
	var list []Vector
	for _, m := range []struct {
		uri  string
		hash crypto.Hash
	}{{hmacSHA1, crypto.SHA1}, {more + "hmac-sha256", crypto.SHA256}} {
		for name, armoured := range map[string]bool{"DER": false, "PEM": true} {
			list = append(list, badSignature("method "+m.uri+" with the certificate's "+name+" as the secret", "a public key is no secret", sso.SigWeakAlg,
				swap(more+"rsa-sha256", m.uri), authenticated(m.hash, armoured)))
		}
	}
	return sorted(list)
}

// authenticated puts the code of SignedInfo in place of its signature.
func authenticated(hash crypto.Hash, armoured bool) edit {
	return func(b Base, text string) (string, error) {
		secret := b.Key.Certificate.Raw
		if armoured {
			secret = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secret})
		}
		doc, err := signedxml.Parse([]byte(text), signedxml.DefaultLimits())
		if err != nil {
			return "", err
		}
		for n := range doc.Root().Descendants() {
			if n.Local() != "SignedInfo" {
				continue
			}
			canonical, err := n.AppendCanonical(nil, signedxml.ExclusiveC14N, nil, signedxml.Node{})
			if err != nil {
				return "", err
			}
			mac := hmac.New(hash.New, secret)
			mac.Write(canonical)
			return exchange("<ds:SignatureValue>", "</", "<ds:SignatureValue>"+base64.StdEncoding.EncodeToString(mac.Sum(nil))+"</")(b, text)
		}
		return "", errors.New("no SignedInfo in the message")
	}
}
