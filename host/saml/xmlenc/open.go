package xmlenc

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
)

// Open decrypts with whichever private key (RSA; [crypto.Decrypter] with RSA-OAEP options) unwraps one of the keys. Whatever fails, the answer is false and the
// work the same: every private key is tried on every wrapped key, and where none unwraps a random one decrypts (RFC 3218 does so for the same
// reason). AES-CBC notices no change, so that plain is not authentic, and a caller that shows whether it liked it answers an attacker's
// questions about other messages (Jager and Somorovsky, “How to Break XML Encryption”, 2011): see host/saml for what is done about it.
func (e Encrypted) Open(keys []crypto.Decrypter) (plain []byte, ok bool) {
	secret := make([]byte, e.method.keySize)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	unwrapped := false
	for _, key := range keys {
		for i := range e.keys {
			got, err := key.Decrypt(nil, e.keys[i].value, &e.keys[i].oaep)
			if err == nil && len(got) == len(secret) {
				secret, unwrapped = got, true
			}
		}
	}
	plain, ok = e.method.open(secret, e.value)
	return plain, ok && unwrapped
}

const (
	nonceSize = 12 // XML Encryption 1.1, 5.2.4: 96 bits
	tagSize   = 16
)

func fitsGCM(size int) bool { return size >= nonceSize+tagSize }

func openGCM(key, value []byte) ([]byte, bool) {
	gcm, err := cipher.NewGCM(blocks(key))
	if err != nil {
		return nil, false
	}
	plain, err := gcm.Open(nil, value[:nonceSize], value[nonceSize:], nil)
	return plain, err == nil
}

func fitsCBC(size int) bool { return size >= 2*aes.BlockSize && size%aes.BlockSize == 0 }

// openCBC decrypts and takes off the padding, of which only the last byte means anything (XML Encryption 1.1, 5.2.1), without a branch on it. With
// a padding that is none, plain is all there is.
func openCBC(key, value []byte) ([]byte, bool) {
	plain := make([]byte, len(value)-aes.BlockSize)
	cipher.NewCBCDecrypter(blocks(key), value[:aes.BlockSize]).CryptBlocks(plain, value[aes.BlockSize:])
	padding := int(plain[len(plain)-1])
	sound := subtle.ConstantTimeLessOrEq(1, padding) & subtle.ConstantTimeLessOrEq(padding, aes.BlockSize)
	return plain[:len(plain)-subtle.ConstantTimeSelect(sound, padding, 0)], sound == 1
}

// blocks is AES with a key whose length is one of its own.
func blocks(key []byte) cipher.Block {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // see method.keySize
	}
	return b
}
