// Package seal keeps secrets secret at rest and in browsers: it seals service-provider private keys and flow cookies under a master key,
// makes random tokens and hashes passwords. It is a leaf that any host room may enter; it knows nothing of what it seals.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// A sealed message is: version (1 byte), key ID (4 bytes), salt (24 bytes), AES-256-GCM ciphertext and tag.
//
// Each message has a key and a nonce of its own, expanded by HKDF-SHA256 from its salt. With one key per purpose and random 96-bit nonces
// anonymous clients who start logins could bring the sealing of flow cookies near GCM's limit of 2^32 messages within weeks; a 192-bit salt
// has no such limit.
const (
	version    = 1
	keyIDSize  = 4
	saltSize   = 24
	headerSize = 1 + keyIDSize + saltSize
	gcmKey     = 32
	gcmNonce   = 12
	gcmTag     = 16
)

// Overhead is how many bytes longer a sealed message is than its plain text.
const Overhead = headerSize + gcmTag

// ErrUnsealed is the error of everything that cannot be opened: forged, cut, sealed for another purpose, under other data or under a key
// that is not known. Which one it was is nobody's business.
var ErrUnsealed = errors.New("seal: cannot be opened")

type keyID [keyIDSize]byte

// Box seals and opens. It is safe for concurrent use.
type Box struct {
	current keyID
	roots   map[keyID][]byte // HKDF pseudo-random keys
}

// New makes a box that seals under current and opens what was sealed under current or one of older: rotating the master key is starting
// with a new one and the old one beside it.
func New(current Key, older ...Key) (*Box, error) {
	b := &Box{roots: map[keyID][]byte{}}
	for i, k := range append([]Key{current}, older...) {
		root, id, err := extract(k)
		if err != nil {
			return nil, fmt.Errorf("seal: key %d: %w", i, err)
		}
		if i == 0 {
			b.current = id
		}
		b.roots[id] = root
	}
	return b, nil
}

// extract makes the key from which all others are expanded, and its public name.
func extract(k Key) (root []byte, id keyID, err error) {
	root, err = hkdf.Extract(sha256.New, k[:], []byte("idplug seal v1"))
	if err != nil {
		return nil, id, err
	}
	name, err := hkdf.Expand(sha256.New, root, "key id", keyIDSize)
	if err != nil {
		return nil, id, err
	}
	return root, keyID(name), nil
}

// Seal encrypts plain for one purpose ("sp-key", "flow"). aad is not kept: Open must be given the same, so a message cannot be moved to
// another tenant or row.
func (b *Box) Seal(purpose string, aad, plain []byte) ([]byte, error) {
	out := make([]byte, headerSize, headerSize+len(plain)+gcmTag)
	out[0] = version
	copy(out[1:], b.current[:])
	if _, err := rand.Read(out[1+keyIDSize:]); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	gcm, nonce, err := b.cipher(b.roots[b.current], purpose, out)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return gcm.Seal(out, nonce, plain, authenticated(out, aad)), nil
}

// Open decrypts what Seal made for the same purpose and aad; anything else is [ErrUnsealed].
func (b *Box) Open(purpose string, aad, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != version {
		return nil, ErrUnsealed
	}
	root, ok := b.roots[keyID(sealed[1:1+keyIDSize])]
	if !ok {
		return nil, ErrUnsealed
	}
	header, body := sealed[:headerSize:headerSize], sealed[headerSize:]
	gcm, nonce, err := b.cipher(root, purpose, header)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	plain, err := gcm.Open(nil, nonce, body, authenticated(header, aad))
	if err != nil {
		return nil, ErrUnsealed
	}
	return plain, nil
}

// cipher expands the message's own key and nonce. The salt has a fixed length, so salt and purpose cannot be taken for each other.
func (b *Box) cipher(root []byte, purpose string, header []byte) (cipher.AEAD, []byte, error) {
	material, err := hkdf.Expand(sha256.New, root, string(header[1+keyIDSize:])+"purpose:"+purpose, gcmKey+gcmNonce)
	if err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(material[:gcmKey])
	if err != nil {
		return nil, nil, err
	}
	gcm, err := cipher.NewGCM(block)
	return gcm, material[gcmKey:], err
}

// authenticated binds version and key ID, too.
func authenticated(header, aad []byte) []byte {
	return append(header[:headerSize:headerSize], aad...)
}
