package xmlenc_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/host/saml/xmlenc"
	"github.com/idplug/idplug/testing/samltest"
)

const (
	plaintext = `<a xmlns="urn:a">what nobody may read</a>`
	recipient = "https://sp.example.test/metadata"
)

// keys are ours and a stranger's.
var keys = sync.OnceValues(func() (both [2]*rsa.PrivateKey, err error) {
	for i := range both {
		if both[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			return both, err
		}
	}
	return both, nil
})

func pair(t testing.TB) (ours, theirs *rsa.PrivateKey) {
	t.Helper()
	both, err := keys()
	require.NoError(t, err)
	return both[0], both[1]
}

// counting counts what is asked of a private key.
type counting struct {
	*rsa.PrivateKey
	asked int
}

func (c *counting) Decrypt(random io.Reader, message []byte, o crypto.DecrypterOpts) ([]byte, error) {
	c.asked++
	return c.PrivateKey.Decrypt(random, message, o)
}

// read encrypts and reads the form.
func read(t testing.TB, e samltest.Encryption, change func(string) string) (xmlenc.Encrypted, error) {
	t.Helper()
	text, err := samltest.Encrypt([]byte(plaintext), e)
	require.NoError(t, err)
	if change != nil {
		changed := change(text)
		require.NotEqual(t, text, changed)
		text = changed
	}
	d, err := signedxml.Parse([]byte(text), signedxml.DefaultLimits())
	require.NoError(t, err)
	return xmlenc.Read(d.Root(), recipient)
}

func TestOpensWhatWasEncryptedForAnyOfTheKeys(t *testing.T) {
	ours, theirs := pair(t)
	for _, cipher := range []string{"aes128-gcm", "aes192-gcm", "aes256-gcm", "aes128-cbc", "aes192-cbc", "aes256-cbc"} {
		for _, held := range [][]crypto.Decrypter{{ours}, {ours, theirs}, {theirs, ours}} {
			e, err := read(t, samltest.Encryption{For: []*rsa.PublicKey{&ours.PublicKey}, Cipher: cipher}, nil)
			require.NoError(t, err)
			plain, ok := e.Open(held)
			require.True(t, ok, cipher)
			require.Equal(t, plaintext, string(plain))
		}
	}
}

// TestEveryFailureCostsTheSame counts operations of private keys: neither where a key fits nor what fails after it shows in them.
func TestEveryFailureCostsTheSame(t *testing.T) {
	ours, theirs := pair(t)
	public := func(all ...*rsa.PrivateKey) (out []*rsa.PublicKey) {
		for _, k := range all {
			out = append(out, &k.PublicKey)
		}
		return out
	}
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	zero, over := byte(0), byte(17)
	for name, c := range map[string]struct {
		e  samltest.Encryption
		ok bool
	}{
		"first key":         {samltest.Encryption{For: public(ours, stranger)}, true},
		"last key":          {samltest.Encryption{For: public(stranger, theirs)}, true},
		"nobody's":          {samltest.Encryption{For: public(stranger, stranger)}, false},
		"short key":         {samltest.Encryption{For: public(ours, stranger), Key: make([]byte, 31)}, false},
		"long key":          {samltest.Encryption{For: public(ours, stranger), Key: make([]byte, 33)}, false},
		"key of 24 for 32":  {samltest.Encryption{For: public(ours, stranger), Key: make([]byte, 24)}, false},
		"padding of zero":   {samltest.Encryption{For: public(ours, stranger), Cipher: "aes256-cbc", Padding: &zero}, false},
		"padding too long":  {samltest.Encryption{For: public(ours, stranger), Cipher: "aes256-cbc", Padding: &over}, false},
		"CBC for nobody":    {samltest.Encryption{For: public(stranger, stranger), Cipher: "aes256-cbc"}, false},
		"CBC for a key":     {samltest.Encryption{For: public(ours, ours), Cipher: "aes256-cbc"}, true},
		"other OAEP hashes": {samltest.Encryption{For: public(stranger, ours), Transport: "rsa-oaep", Digest: "sha256", MGF: "sha256"}, true},
	} {
		e, err := read(t, c.e, nil)
		require.NoError(t, err)
		first, last := &counting{PrivateKey: ours}, &counting{PrivateKey: theirs}
		plain, ok := e.Open([]crypto.Decrypter{first, last})
		require.Equal(t, c.ok, ok, name)
		require.Equal(t, c.ok, bytes.Equal(plain, []byte(plaintext)), name)
		require.Equal(t, []int{2, 2}, []int{first.asked, last.asked}, name)
	}
}

// TestARandomKeyOpensNothing, although one in sixteen gives a padding that looks right.
func TestARandomKeyOpensNothing(t *testing.T) {
	ours, theirs := pair(t)
	e, err := read(t, samltest.Encryption{For: []*rsa.PublicKey{&theirs.PublicKey}, Cipher: "aes256-cbc"}, nil)
	require.NoError(t, err)
	for range 150 {
		_, ok := e.Open([]crypto.Decrypter{ours})
		require.False(t, ok)
	}
}

func TestGCMNoticesEveryChange(t *testing.T) {
	ours, _ := pair(t)
	const data = "</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>"
	for _, at := range []int{0, 4, 20, 40, 60} { // of the base64: in the nonce, the ciphertext, the tag
		e, err := read(t, samltest.Encryption{For: []*rsa.PublicKey{&ours.PublicKey}}, func(s string) string {
			i := strings.Index(s, data) + len(data) + at
			fresh := "A"
			if s[i] == 'A' {
				fresh = "B"
			}
			return s[:i] + fresh + s[i+1:]
		})
		require.NoError(t, err)
		plain, ok := e.Open([]crypto.Decrypter{ours})
		require.False(t, ok, at)
		require.Empty(t, plain)
	}
}

// TestWithoutAKeyNothingOpens: a tenant that has made no key pair was sent what somebody else is to read.
func TestWithoutAKeyNothingOpens(t *testing.T) {
	ours, _ := pair(t)
	e, err := read(t, samltest.Encryption{For: []*rsa.PublicKey{&ours.PublicKey}}, nil)
	require.NoError(t, err)
	_, ok := e.Open(nil)
	require.False(t, ok)
}

func TestKeysForOthersAreNotTried(t *testing.T) {
	ours, _ := pair(t)
	both := []*rsa.PublicKey{&ours.PublicKey, &ours.PublicKey}
	for _, c := range []struct {
		recipients []string
		tried      int
	}{
		{nil, 2}, {[]string{recipient}, 2}, {[]string{recipient, "urn:other"}, 1}, {[]string{"urn:other", ""}, 1}, {[]string{"urn:other", "urn:another"}, 2},
	} {
		e, err := read(t, samltest.Encryption{For: both, Recipients: c.recipients}, nil)
		require.NoError(t, err)
		k := &counting{PrivateKey: ours}
		_, ok := e.Open([]crypto.Decrypter{k})
		require.True(t, ok)
		require.Equal(t, c.tried, k.asked, c.recipients)
	}
}

// TestUnknownTransportBesideAKnownOne: what another recipient is offered is no reason to refuse.
func TestUnknownTransportBesideAKnownOne(t *testing.T) {
	ours, _ := pair(t)
	e, err := read(t, samltest.Encryption{For: []*rsa.PublicKey{&ours.PublicKey, &ours.PublicKey}}, func(s string) string {
		return strings.Replace(s, "rsa-oaep-mgf1p", "rsa-1_5", 1)
	})
	require.NoError(t, err)
	k := &counting{PrivateKey: ours}
	_, ok := e.Open([]crypto.Decrypter{k})
	require.True(t, ok)
	require.Equal(t, 1, k.asked)
}

// TestFormErrorsSayWhatIsThere: they come before any key is asked for, so they may.
func TestFormErrorsSayWhatIsThere(t *testing.T) {
	ours, _ := pair(t)
	usual := samltest.Encryption{For: []*rsa.PublicKey{&ours.PublicKey}}
	for want, change := range map[string][2]string{
		`key transport with "http://www.w3.org/2001/04/xmlenc#rsa-1_5"`: {"rsa-oaep-mgf1p", "rsa-1_5"},
		`data encryption with "urn:x"`:                                  {"http://www.w3.org/2009/xmlenc11#aes256-gcm", "urn:x"},
		`encrypted data of the type "urn:x"`:                            {`Type="http://www.w3.org/2001/04/xmlenc#Element"`, `Type="urn:x"`},
		"no EncryptedKey":                                               {"xenc:EncryptedKey", "ds:KeyName"},
		"y in EncryptedKey":                                             {"</xenc:EncryptedKey>", `<x:y xmlns:x="urn:x"/></xenc:EncryptedKey>`},
		"0 EncryptedData in EncryptedAssertion":                         {"xenc:EncryptedData", "xenc:EncryptedKeys"},
	} {
		_, err := read(t, usual, func(s string) string { return strings.ReplaceAll(s, change[0], change[1]) })
		require.EqualError(t, err, want)
		require.ErrorAs(t, err, new(*xmlenc.FormError))
	}
}

// TestTheShortestData: a nonce and a tag, or an IV and a block, are all that an empty text needs. Less has no form, which everybody can see.
func TestTheShortestData(t *testing.T) {
	ours, _ := pair(t)
	for cipher, least := range map[string]int{"aes128-gcm": 28, "aes256-gcm": 28, "aes128-cbc": 32, "aes256-cbc": 32} {
		for _, size := range []int{least, least - 1} {
			_, err := read(t, samltest.Encryption{For: []*rsa.PublicKey{&ours.PublicKey}, Cipher: cipher}, func(s string) string {
				at := strings.LastIndex(s, "<xenc:CipherValue>") + len("<xenc:CipherValue>")
				return s[:at] + base64.StdEncoding.EncodeToString(make([]byte, size)) + s[strings.LastIndex(s, "</xenc:CipherValue>"):]
			})
			if size == least {
				require.NoError(t, err, cipher)
				continue
			}
			require.ErrorAs(t, err, new(*xmlenc.FormError), cipher)
		}
	}
}
