package sso

import (
	"crypto/sha256"
	"encoding/hex"
)

// HashToken is how tokens of sessions, APIs and one-time links are kept: lower-case hex SHA-256. A token has 256 random bits, so a fast hash
// without salt is enough.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
