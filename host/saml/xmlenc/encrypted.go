package xmlenc

import (
	"crypto"
	"crypto/rsa"
	"fmt"

	"github.com/idplug/idplug/host/saml/signedxml"
)

// Encrypted is encrypted data and the wrapped keys that came with it, of a form that is sound. Nothing of it was opened yet.
type Encrypted struct {
	method method
	value  []byte // initialization vector or nonce, then what it belongs to
	keys   []wrapped
}

// wrapped is an EncryptedKey: a key that RSA-OAEP wrapped.
type wrapped struct {
	oaep      rsa.OAEPOptions
	value     []byte
	recipient string
}

// FormError says why something has no form that could be opened: an element too many or too few, an algorithm we do not perform. It is about
// what everybody can read in the message, so it may be shown.
type FormError struct{ Detail string }

func (e *FormError) Error() string { return e.Detail }

func bad(format string, args ...any) error { return &FormError{fmt.Sprintf(format, args...)} }

const (
	// maxKeys bounds the private-key operations of one message: a message for several recipients or two of our keys has two or three.
	maxKeys = 4
	// typeElement is what the plaintext is (XML Encryption 1.1, 3.1); nothing else is opened.
	typeElement = xencURI + "Element"
)

// Read reads the content of n: one EncryptedData, and EncryptedKeys in its KeyInfo or beside it, where a RetrievalMethod or nothing points to them
// (SAML Core 2.3.4 and errata E43). Of keys that name their recipients those for others are left out, unless none is for us. Where a reference leads is
// never looked at. Errors are [FormError].
func Read(n signedxml.Node, recipient string) (Encrypted, error) {
	data, err := one(n, "EncryptedData")
	if err != nil {
		return Encrypted{}, err
	}
	if kind, given := data.Attr("Type"); given && kind != typeElement {
		return Encrypted{}, bad("encrypted data of the type %q", kind)
	}
	var e Encrypted
	if err := only(data, "EncryptionMethod", "KeyInfo", "CipherData", "EncryptionProperties"); err != nil {
		return Encrypted{}, err
	}
	if e.method, err = readMethod(data); err != nil {
		return Encrypted{}, err
	}
	if e.value, err = readValue(data); err != nil {
		return Encrypted{}, err
	}
	if !e.method.fits(len(e.value)) {
		return Encrypted{}, bad("encrypted data of %d bytes", len(e.value))
	}
	if err := only(n, "EncryptedData", "EncryptedKey"); err != nil {
		return Encrypted{}, err
	}
	e.keys, err = readKeys(n, data, recipient)
	return e, err
}

// Len is about how many bytes Open gives, which everybody can see.
func (e Encrypted) Len() int { return len(e.value) }

// readKeys reads the keys that can be unwrapped. One of another algorithm is another recipient's, so the first such error counts only where none is
// left.
func readKeys(n, data signedxml.Node, recipient string) ([]wrapped, error) {
	info, count := data.Child(dsigURI, "KeyInfo")
	if count > 1 {
		return nil, bad("%d KeyInfo", count)
	}
	var keys []wrapped
	var first error
	found := 0
	for _, place := range []signedxml.Node{info, n} {
		for k := range place.Named(xencURI, "EncryptedKey") {
			if found++; found > maxKeys {
				return nil, bad("more than %d EncryptedKeys", maxKeys)
			}
			key, err := readKey(k)
			switch {
			case err == nil:
				keys = append(keys, key)
			case first == nil:
				first = err
			}
		}
	}
	switch {
	case len(keys) > 0:
		return meant(keys, recipient), nil
	case first != nil:
		return nil, first
	}
	return nil, bad("no EncryptedKey")
}

// meant are the keys for the recipient or for nobody in particular; all, where there is none: a provider may call us by another name.
func meant(keys []wrapped, recipient string) []wrapped {
	var ours []wrapped
	for _, k := range keys {
		if k.recipient == "" || k.recipient == recipient {
			ours = append(ours, k)
		}
	}
	if len(ours) == 0 {
		return keys
	}
	return ours
}

// readKey reads an EncryptedKey. Its own KeyInfo names a key or holds yet another one: we have few and try each instead.
func readKey(n signedxml.Node) (wrapped, error) {
	err := only(n, "EncryptionMethod", "KeyInfo", "CipherData", "EncryptionProperties", "ReferenceList", "CarriedKeyName")
	if err != nil {
		return wrapped{}, err
	}
	e, err := one(n, "EncryptionMethod")
	if err != nil {
		return wrapped{}, err
	}
	var k wrapped
	k.recipient, _ = n.Attr("Recipient")
	if k.oaep, err = readOAEP(e); err != nil {
		return wrapped{}, err
	}
	k.value, err = readValue(n)
	return k, err
}

// readOAEP reads the parameters of RSA-OAEP, whose hashes are SHA-1 where none is named.
func readOAEP(e signedxml.Node) (rsa.OAEPOptions, error) {
	o := rsa.OAEPOptions{Hash: crypto.SHA1, MGFHash: crypto.SHA1}
	uri, _ := e.Attr("Algorithm")
	if uri != oaepMGF1P && uri != oaep11 {
		return o, bad("key transport with %q", uri)
	}
	seen := map[string]bool{}
	for c := range e.Children() {
		if seen[c.Local()] {
			return o, bad("%s twice", c.Local())
		}
		seen[c.Local()] = true
		var err error
		switch {
		case c.Is(dsigURI, "DigestMethod"):
			o.Hash, err = readHash(c)
		case c.Is(xenc11URI, "MGF") && uri == oaep11:
			o.MGFHash, err = readHash(c)
		case c.Is(xencURI, "OAEPparams"):
			o.Label, err = decoded(c)
		case !c.Is(xencURI, "KeySize"):
			err = bad("%s in the EncryptionMethod of a key", c.Local())
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

// readValue reads CipherData. A CipherReference asks us to fetch, so there is no such thing here.
func readValue(n signedxml.Node) ([]byte, error) {
	data, err := one(n, "CipherData")
	if err != nil {
		return nil, err
	}
	if err := only(data, "CipherValue"); err != nil {
		return nil, err
	}
	value, err := one(data, "CipherValue")
	if err != nil {
		return nil, err
	}
	return decoded(value)
}

func decoded(n signedxml.Node) ([]byte, error) {
	value, err := n.Base64()
	if err != nil {
		return nil, bad("%s is no base64", n.Local())
	}
	return value, nil
}

// one is the only child element with this name in XML Encryption.
func one(n signedxml.Node, local string) (signedxml.Node, error) {
	c, count := n.Child(xencURI, local)
	if count != 1 {
		return c, bad("%d %s in %s", count, local, n.Local())
	}
	return c, nil
}

// only refuses child elements other than these; KeyInfo is XML Signature's.
func only(n signedxml.Node, locals ...string) error {
next:
	for c := range n.Children() {
		for _, local := range locals {
			if c.Is(xencURI, local) && local != "KeyInfo" || local == "KeyInfo" && c.Is(dsigURI, local) {
				continue next
			}
		}
		return bad("%s in %s", c.Local(), n.Local())
	}
	return nil
}
