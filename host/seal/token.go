package seal

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
)

// Token makes 256 random bits, base64url without padding: 43 characters that nobody guesses.
func Token() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: the program is ended instead (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// ID makes a random identifier: the prefix and 96 bits in lower-case hex ("u_" gives "u_5f…"). It is unique, not secret.
func ID(prefix string) string {
	var b [12]byte
	_, _ = rand.Read(b[:])
	return prefix + hex.EncodeToString(b[:])
}
