package vectors

import (
	"crypto/rsa"
	"crypto/x509/pkix"
	"fmt"
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
)

// Fixed is the world that the files are made for: its clock stands still and its keys are made from what stands here, so that anybody gets the
// same. The key is the service provider's, for what is encrypted.
func Fixed() (Base, devidp.Key, error) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	var keys [3]devidp.Key
	for i, seed := range []string{"vectors: provider", "vectors: stranger", "vectors: service provider"} {
		var err error
		if keys[i], err = devidp.NewKey(devidp.RSA2048, seed, pkix.Name{CommonName: seed}, now.AddDate(-1, 0, 0), 10); err != nil {
			return Base{}, devidp.Key{}, fmt.Errorf("key %d: %w", i, err)
		}
	}
	const origin = "https://sp.example.test"
	return Base{
		SP: sso.NewServiceProvider(origin, "acme"), OtherSP: sso.NewServiceProvider(origin, "other"), IDPEntityID: "https://idp.example.test/entity",
		RequestID: "id-0123456789abcdef0123456789abcdef", Now: now, Key: keys[0], Stranger: keys[1],
		Encrypt: keys[2].Certificate.PublicKey.(*rsa.PublicKey), Kept: new(Kept),
	}, keys[2], nil
}
