package vectors

import (
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/samltest"
)

const (
	xenc     = "http://www.w3.org/2001/04/xmlenc#"
	xenc11   = "http://www.w3.org/2009/xmlenc11#"
	keyStart = "<xenc:EncryptedKey "
	keyEnd   = "</xenc:EncryptedKey>"
)

// encryptions are encrypted assertions. The twin of each is encrypted, too.
func encryptions() []Vector {
	return slices.Concat(encrypted(), malformedEncryptions(), failedEncryptions(), insides())
}

// Sealed tells whether the vector's messages are encrypted.
func (v Vector) Sealed() bool { return v.sealed }

// with changes how the assertion is encrypted.
func with(change func(*samltest.Encryption)) func(Base, *samltest.Encryption) {
	return func(_ Base, e *samltest.Encryption) { change(e) }
}

var (
	ciphers    = []string{"aes128-gcm", "aes192-gcm", "aes256-gcm", "aes128-cbc", "aes192-cbc", "aes256-cbc"}
	transports = []samltest.Encryption{
		{Transport: "rsa-oaep-mgf1p"},
		{Transport: "rsa-oaep-mgf1p", Digest: "sha1"},
		{Transport: "rsa-oaep-mgf1p", Digest: "sha256"},
		{Transport: "rsa-oaep"},
		{Transport: "rsa-oaep", Digest: "sha256", MGF: "sha1"},
		{Transport: "rsa-oaep", Digest: "sha256", MGF: "sha256"},
		{Transport: "rsa-oaep", Digest: "sha512", MGF: "sha384"},
	}
)

// encrypted are the legal ways to encrypt.
func encrypted() []Vector {
	good := func(name, why string, change func(*samltest.Encryption)) Vector {
		return Vector{Name: "encrypted: " + name, Why: why, sealed: true, crypt: with(change)}
	}
	list := []Vector{
		{Name: "encrypted: signed assertion", Why: "Okta, Entra: signed, then encrypted", sealed: true},
		{Name: "encrypted: assertion in a signed Response", Why: "ADFS: encrypted, then signed", sealed: true, shape: signedResponse},
		{Name: "encrypted: both signed", Why: "Shibboleth", sealed: true, shape: signedBoth},
		{Name: "encrypted: 1,000 groups", Why: "as large as a plain one", sealed: true, fields: groups(1_000)},
		{
			Name: "encrypted: namespace declared outside", Why: "XML Encryption 4.4: the element goes back to its place", sealed: true,
			edits: []edit{swap("<samlp:Response ", `<samlp:Response xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" `), swap(`<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"`, "<saml:Assertion")},
		},
		{
			Name: "encrypted: many declarations outside", Why: "serializers that hoist everything to the root", sealed: true,
			tampers: []edit{swap("<samlp:Response ", "<samlp:Response"+declarations(10)+" ")},
		},
		{Name: "encrypted: white space around the assertion", Why: "pretty printers", sealed: true, inside: []edit{prepend("\n  "), after(aEnd, "\n")}},
		good("keys beside the data", "SAML Core errata E43", func(e *samltest.Encryption) { e.Beside = true }),
		good("no type", "it SHOULD be there", func(e *samltest.Encryption) { e.Type = "-" }),
		good("values in lines", "Java", func(e *samltest.Encryption) { e.Break = "\n" }),
		good("OAEPparams", "a label that goes into the padding", func(e *samltest.Encryption) { e.Label = "label" }),
		good("label of the newer name", "the same", func(e *samltest.Encryption) { e.Label, e.Transport = "label", "rsa-oaep" }),
		good("recipient by another name", "a provider that calls us by what it has", func(e *samltest.Encryption) { e.Recipients = []string{"https://sp.example.test/"} }),
		{Name: "encrypted: for two recipients, neither named", Why: "each tries its own key", sealed: true, crypt: func(b Base, e *samltest.Encryption) {
			e.For = []*rsa.PublicKey{strangerPublic(b), b.Encrypt}
		}},
		{Name: "encrypted: named recipient", Why: "SAML Core 2.2.4", sealed: true, crypt: func(b Base, e *samltest.Encryption) { e.Recipients = []string{b.SP.EntityID} }},
		{Name: "encrypted: for two named recipients", Why: "the second is us", sealed: true, crypt: func(b Base, e *samltest.Encryption) {
			e.For, e.Recipients, e.Beside = []*rsa.PublicKey{strangerPublic(b), b.Encrypt}, []string{"https://other.example/sp", b.SP.EntityID}, true
		}},
	}
	for _, c := range ciphers {
		for _, t := range transports {
			list = append(list, good(fmt.Sprintf("%s, %s, %s, %s", c, t.Transport, t.Digest, t.MGF), "every pair", func(e *samltest.Encryption) {
				e.Cipher, e.Transport, e.Digest, e.MGF = c, t.Transport, t.Digest, t.MGF
			}))
		}
	}
	return list
}

// badEncryption is a message whose encrypted form is edited.
func badEncryption(name, why string, tampers ...edit) Vector {
	return Vector{Name: "encryption form: " + name, Why: why, Code: sso.EncFailed, sealed: true, tampers: tampers}
}

// shortEncryptions are shorter than their mode allows.
func shortEncryptions() []Vector {
	list := []Vector{
		badEncryption("GCM shorter than nonce and tag", "panics in crewjam/saml 0.5.1", value(1, func(v []byte) []byte { return v[:27] })),
		badEncryption("nothing but a nonce", "panics in crewjam/saml 0.5.1", value(1, func(v []byte) []byte { return v[:1] })),
	}
	for name, size := range map[string]int{"CBC not a multiple of 16": 47, "CBC without a block": 16} {
		v := badEncryption(name, "panics in crewjam/saml 0.5.1", value(1, func(v []byte) []byte { return v[:size] }))
		v.crypt = with(func(e *samltest.Encryption) { e.Cipher = "aes128-cbc" })
		list = append(list, v)
	}
	return list
}

// malformedEncryptions have no form that could be opened: what everybody can see, and no private key is asked.
func malformedEncryptions() []Vector {
	bad := badEncryption
	algorithm := func(name, why string, change func(*samltest.Encryption)) Vector {
		return Vector{Name: "encryption form: " + name, Why: why, Code: sso.EncFailed, sealed: true, crypt: with(change)}
	}
	const data = "</ds:KeyInfo><xenc:CipherData>"
	transport := func(parameters string) edit { return after(`rsa-oaep-mgf1p">`, parameters) }
	list := []Vector{
		algorithm("RSA 1.5", "Bleichenbacher; the key also signs", func(e *samltest.Encryption) { e.Transport = "rsa-1_5" }),
		algorithm("triple DES", "panics in crewjam/saml 0.5.1", func(e *samltest.Encryption) { e.Cipher = "tripledes-cbc" }),
		algorithm("unknown cipher", "none of ours", func(e *samltest.Encryption) { e.Cipher = "camellia256-cbc" }),
		algorithm("content", "only an element goes back to its place", func(e *samltest.Encryption) { e.Type = "Content" }),
		algorithm("MGF under the older name", "which means SHA-1", func(e *samltest.Encryption) { e.MGF = "sha1" }),
		bad("unknown digest", "of no OAEP", transport(`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#md5"/>`)),
		bad("two digests", "which one counts?", transport(strings.Repeat(`<ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/>`, 2))),
		bad("parameter of a key nobody knows", "it may mean anything", transport(`<xenc:x/>`)),
		bad("OAEPparams that are no base64", "junk", transport(`<xenc:OAEPparams>*</xenc:OAEPparams>`)),
		bad("declarations without end around it", "reading them shows how far reading got", swap("<samlp:Response ", "<samlp:Response"+declarations(14)+" ")),
		bad("empty", "no data at all", drop("<xenc:EncryptedData ", "</xenc:EncryptedData>")),
		bad("two data", "which one counts?", double("<xenc:EncryptedData ", "</xenc:EncryptedData>")),
		bad("foreign element beside the data", "nobody knows what it means", after("</xenc:EncryptedData>", `<x:y xmlns:x="urn:x"/>`)),
		bad("foreign element in the data", "nobody knows what it means", swap(data, `</ds:KeyInfo><x:y xmlns:x="urn:x"/><xenc:CipherData>`)),
		bad("no method", "nobody knows how", drop(`<xenc:EncryptionMethod Algorithm="`+xenc11, "/>")),
		bad("two methods", "which one counts?", double(`<xenc:EncryptionMethod Algorithm="`+xenc11, "/>")),
		bad("parameter of the data", "AES has none", swap(`aes256-gcm"/>`, `aes256-gcm"><xenc:OAEPparams>QQ==</xenc:OAEPparams></xenc:EncryptionMethod>`)),
		bad("no KeyInfo", "no key", drop("<ds:KeyInfo ", "</ds:KeyInfo>")),
		bad("two KeyInfo", "which one counts?", double("<ds:KeyInfo ", "</ds:KeyInfo>")),
		bad("no EncryptedKey", "no key", drop(keyStart, keyEnd)),
		bad("EncryptedKey by reference to the world", "asks us to fetch", exchange(keyStart, keyEnd, `<ds:RetrievalMethod URI="http://169.254.169.254/"/>`)),
		bad("key by its name", "no key", exchange(keyStart, keyEnd, `<ds:KeyName>key</ds:KeyName>`)),
		bad("EncryptedKey in an EncryptedKey", "nested for ever elsewhere (php-saml)", nest(1)),
		bad("EncryptedKeys in one another", "as deep as a document goes", nest(4)),
		bad("five EncryptedKeys", "a private-key operation each", repeat(keyStart, keyEnd, 5)),
		bad("500 EncryptedKeys", "half a second of CPU", repeat(keyStart, keyEnd, 500)),
		bad("key without method", "nobody knows how", drop(`<xenc:EncryptionMethod Algorithm="`+xenc+`rsa`, "</xenc:EncryptionMethod>")),
		bad("key with two methods", "which one counts?", double(`<xenc:EncryptionMethod Algorithm="`+xenc+`rsa`, "</xenc:EncryptionMethod>")),
		bad("key with its value twice", "which one counts?", double("<xenc:CipherData>", "</xenc:CipherData>")),
		bad("key with its text twice", "which one counts?", double("<xenc:CipherValue>", "</xenc:CipherValue>")),
		bad("key with junk behind it", "decoders stop there and give what they have", before("</xenc:CipherValue>", "*")),
		bad("value twice", "which one counts?", func(_ Base, text string) (string, error) {
			found, err := part(text, data, "</xenc:CipherData>")
			return strings.Replace(text, found, found+strings.TrimPrefix(found, "</ds:KeyInfo>"), 1), err
		}),
		bad("foreign element in a key", "nobody knows what it means", after(`rsa-oaep-mgf1p"></xenc:EncryptionMethod>`, `<x:y xmlns:x="urn:x"/>`)),
		bad("key without value", "no key", drop("<xenc:CipherData>", "</xenc:CipherData>")),
		bad("key that is no base64", "junk", after("<xenc:CipherValue>", "*")),
		bad("no cipher data", "nothing to open", exchange(data, "</xenc:CipherData>", "</ds:KeyInfo>")),
		bad("two cipher data", "which one counts?", exchange(data, "<xenc:CipherValue>", data+"<xenc:CipherValue>QUJD</xenc:CipherValue></xenc:CipherData><xenc:CipherData><xenc:CipherValue>")),
		bad("cipher value and reference", "which one counts?", after(data, `<xenc:CipherReference URI="http://169.254.169.254/"/>`)),
		bad("two cipher values", "which one counts?", after(data, "<xenc:CipherValue>QUJD</xenc:CipherValue>")),
		bad("empty cipher value", "panics elsewhere", exchange(data, "</xenc:CipherValue>", data+"<xenc:CipherValue> </xenc:CipherValue>")),
		bad("element in the cipher value", "text around it is joined elsewhere", after(data+"<xenc:CipherValue>", "<xenc:x/>")),
		bad("CipherReference", "asks us to fetch", exchange(data, "</xenc:CipherValue>", data+`<xenc:CipherReference URI="http://169.254.169.254/"/>`)),
	}
	list = append(list, shortEncryptions()...)
	list = append(list, Vector{
		Name: "encryption form: 400 EncryptedKeys in one another", Why: "a stack overflow elsewhere", Code: sso.XMLLimits, sealed: true, tampers: []edit{nest(400)},
	})
	slices.SortFunc(list, func(a, b Vector) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// failedEncryptions have a sound form and do not open, or show nothing that may be believed. Whatever it is, nobody outside can tell.
func failedEncryptions() []Vector {
	var list []Vector
	add := func(name, why string, crypt func(Base, *samltest.Encryption), tampers ...edit) {
		list = append(list, Vector{Name: "encryption: " + name, Why: why, Code: sso.EncFailed, sealed: true, crypt: crypt, tampers: tampers})
	}
	flip := func(at func(size int) int) func([]byte) []byte {
		return func(v []byte) []byte { v[at(len(v))] ^= 1; return v }
	}
	for _, c := range ciphers {
		alone := with(func(e *samltest.Encryption) { e.Cipher = c })
		add(c+" for somebody else", "wrong key", func(b Base, e *samltest.Encryption) { e.Cipher, e.For = c, []*rsa.PublicKey{strangerPublic(b)} })
		add(c+" with another key's length", "the wrapped key is no key of this cipher", with(func(e *samltest.Encryption) { e.Cipher, e.Key = c, make([]byte, 20) }))
		add(c+", first byte changed", "nonce or initialization vector", alone, value(1, flip(func(int) int { return 0 })))
		add(c+", middle changed", "ciphertext", alone, value(1, flip(func(size int) int { return size / 2 })))
		add(c+", last byte changed", "tag or last block", alone, value(1, flip(func(size int) int { return size - 1 })))
		add(c+", cut off", "a block less", alone, value(1, func(v []byte) []byte { return v[:len(v)-16] }))
		add(c+", wrapped key changed", "RSA-OAEP notices", alone, value(0, flip(func(int) int { return 7 })))
		if !strings.HasSuffix(c, "-cbc") {
			continue
		}
		for name, last := range map[string]byte{"of nothing": 0, "longer than a block": 17, "of blanks": ' ', "of 255": 255} {
			add(c+", padding "+name, "the oracle of Vaudenay", with(func(e *samltest.Encryption) { e.Cipher, e.Padding = c, &last }))
		}
	}
	add("wrapped key of one byte", "no block of RSA", nil, value(0, func([]byte) []byte { return []byte{1} }))
	add("wrapped key longer than the modulus", "no block of RSA", nil, value(0, func(v []byte) []byte { return append(v, 1) }))
	add("wrapped key of zeros", "no block of RSA", nil, value(0, func(v []byte) []byte { return make([]byte, len(v)) }))
	add("other OAEPparams", "the label goes into the padding", with(func(e *samltest.Encryption) { e.Label = "label" }), swap("<xenc:OAEPparams>", "<xenc:OAEPparams>QUJD"))
	add("other digest", "RSA-OAEP notices", with(func(e *samltest.Encryption) { e.Digest = "sha256" }), swap(xenc+"sha256", "http://www.w3.org/2000/09/xmldsig#sha1"))
	return sorted(list)
}

// strangerPublic is a key that is not ours.
func strangerPublic(b Base) *rsa.PublicKey { return b.Stranger.Certificate.PublicKey.(*rsa.PublicKey) }

// value changes what the nth CipherValue holds.
func value(n int, change func([]byte) []byte) edit {
	return func(_ Base, text string) (string, error) {
		const from, to = "<xenc:CipherValue>", "</xenc:CipherValue>"
		pieces := strings.SplitAfter(text, from)
		if len(pieces) < n+2 {
			return "", fmt.Errorf("%d values in the message", len(pieces)-1)
		}
		encoded, rest, _ := strings.Cut(pieces[n+1], to)
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return "", fmt.Errorf("value: %w", err)
		}
		pieces[n+1] = base64.StdEncoding.EncodeToString(change(decoded)) + to + rest
		return strings.Join(pieces, ""), nil
	}
}

// nest puts the EncryptedKey n times into the KeyInfo of one of a kind that nobody unwraps.
func nest(n int) edit {
	return func(_ Base, text string) (string, error) {
		key, err := part(text, keyStart, keyEnd)
		inner := key
		for i := range n {
			inner = strings.Replace(strings.Replace(key, `"_key0"`, fmt.Sprintf(`"_nest%d"`, i), 1), "<xenc:CipherData>", "<ds:KeyInfo>"+inner+"</ds:KeyInfo><xenc:CipherData>", 1)
			inner = strings.Replace(inner, "rsa-oaep-mgf1p", "kw-aes256", 1)
		}
		return strings.Replace(text, key, inner, 1), err
	}
}

// repeat puts a part n times.
func repeat(from, to string, n int) edit {
	return func(_ Base, text string) (string, error) {
		found, err := part(text, from, to)
		if err == nil && n < 2 {
			err = errors.New("repeats nothing")
		}
		return strings.Replace(text, found, strings.Repeat(found, n), 1), err
	}
}

// declarations are n namespace declarations of 80 bytes each.
func declarations(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` xmlns:%s%02d="urn:%s"`, strings.Repeat("n", 32), i, strings.Repeat("u", 30))
	}
	return b.String()
}

// Blocks is two blocks of AES-CBC that hold a text of one line, its padding right or of the given bytes, with as much around it as is read.
func Blocks(text string, padding *byte) Vector {
	return Vector{
		Name: "two blocks", sealed: true, inside: []edit{func(Base, string) (string, error) { return text, nil }},
		crypt:   with(func(e *samltest.Encryption) { e.Cipher, e.Padding = "aes128-cbc", padding }),
		tampers: []edit{swap("<samlp:Response ", "<samlp:Response"+declarations(10)+" ")},
	}
}

// Recrypt changes what the nth CipherValue of a document holds: the wrapped key is the first, the assertion the second.
func Recrypt(doc string, n int, change func([]byte) []byte) (string, error) {
	return value(n, change)(Base{}, doc)
}

// Encrypted is a sound response whose assertion AES-CBC encrypts, which notices no change.
func Encrypted() Vector {
	return Vector{Name: "encrypted with CBC", sealed: true, crypt: with(func(e *samltest.Encryption) { e.Cipher = "aes128-cbc" })}
}
