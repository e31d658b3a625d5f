package sso

import (
	"encoding/json"
	"fmt"
)

// MaxKeptAttributes is how many bytes of attributes (as JSON) are kept with the trace of a sign-in; of more, none are.
const MaxKeptAttributes = 32 << 10

// Sealer encrypts and authenticates what is kept. What is sealed for one purpose and aad opens for no other.
type Sealer interface {
	Seal(purpose string, aad, plain []byte) ([]byte, error)
	Open(purpose string, aad, sealed []byte) ([]byte, error)
}

const attributesPurpose = "login-attributes"

// SealAttributes makes what [LoginRecord.Attributes] holds: the attributes of a verified assertion, bound to the tenant and to the HTTP request
// that brought them. It is nil for none, and for more than [MaxKeptAttributes].
func SealAttributes(with Sealer, t TenantID, requestID string, as Attributes) ([]byte, error) {
	const op = "sso.seal_attributes"
	if len(as) == 0 {
		return nil, nil
	}
	plain, err := json.Marshal(as)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	if len(plain) > MaxKeptAttributes {
		return nil, nil
	}
	sealed, err := with.Seal(attributesPurpose, ofSignIn(t, requestID), plain)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	return sealed, nil
}

// OpenAttributes are the attributes that came with a sign-in. An error means that the master key is another by now, or the row not as it was written.
func (r LoginRecord) OpenAttributes(with Sealer) (as Attributes, err error) {
	const op = "sso.open_attributes"
	if len(r.Attributes) == 0 {
		return nil, nil
	}
	plain, err := with.Open(attributesPurpose, ofSignIn(r.Tenant, r.RequestID), r.Attributes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	if err := json.Unmarshal(plain, &as); err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	return as, nil
}

// ofSignIn binds attributes to their sign-in. A tenant's ID holds no newline.
func ofSignIn(t TenantID, requestID string) []byte { return []byte(string(t) + "\n" + requestID) }
