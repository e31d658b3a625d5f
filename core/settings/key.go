package settings

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// KeyMaker makes key pairs of the service provider, with the private half sealed.
type KeyMaker interface {
	NewKey(t sso.TenantID) (sso.SealedKey, error)
}

// KeyChange is one change of a tenant's key pairs.
type KeyChange struct {
	Tenant sso.TenantID
	Add    *sso.SealedKey // nil adds none
	Retire string         // ID of the pair to retire at At, "" for none
	At     time.Time
	// Expect are the IDs of all pairs that must be in use before, oldest first.
	Expect []string
	Audit  sso.AuditEntry
}

// Key is a key pair as it may be shown.
type Key struct {
	ID          string
	SHA256      string // of the certificate, in hex
	Certificate []byte // DER
	CreatedAt   time.Time
	RetiredAt   time.Time // zero: in use, published, and opens what is encrypted for it
	Signs       bool      // requests are signed with it: the oldest in use
}

// KeyState says what a key pair is for.
type KeyState string

// The states of a key pair.
const (
	KeySigns     KeyState = "signs"     // the oldest in use; it opens, too
	KeyPublished KeyState = "published" // in use beside it: opens, and will sign when it is the oldest
	KeyRetired   KeyState = "retired"
)

// State is what the key pair is for now.
func (k Key) State() KeyState {
	switch {
	case !k.RetiredAt.IsZero():
		return KeyRetired
	case k.Signs:
		return KeySigns
	}
	return KeyPublished
}

const (
	// maxKeys are in use at once: the one that providers know and the one that they shall know.
	maxKeys = 2
	// keyTries bounds how often a change of keys starts again because of another one.
	keyTries = 5
)

// Keys lists the tenant's key pairs, retired ones too, oldest first. A tenant that nobody has asked for its metadata yet has none.
func (s *Service) Keys(ctx context.Context, by sso.Actor, t sso.TenantID) ([]Key, error) {
	if err := by.MayAdminister("settings.keys", t); err != nil {
		return nil, err
	}
	rows, err := s.Store.SPKeys(ctx, t)
	if err != nil {
		return nil, err
	}
	out := make([]Key, len(rows))
	signs := signing(inUse(rows))
	for i, k := range rows {
		out[i] = show(k, signs)
	}
	return out, nil
}

// RotateKey begins a key rollover: a new pair is published beside the one in use, which goes on signing until it is retired; what is encrypted for either
// opens. [sso.KeyRollover] while one is under way.
func (s *Service) RotateKey(ctx context.Context, by sso.Actor, t sso.TenantID) (Key, error) {
	const op = "settings.key_rotate"
	return s.changeKeys(ctx, op, by, t, func(used []sso.SealedKey, c *KeyChange) (sso.SealedKey, error) {
		if len(used) >= maxKeys {
			return sso.SealedKey{}, sso.Refuse(op, sso.KeyRollover, "key", used[0].ID)
		}
		made, err := s.KeyMaker.NewKey(t)
		if err != nil {
			return sso.SealedKey{}, err
		}
		c.Add = &made
		return made, nil
	})
}

// RetireKey ends a key rollover: the pair with this ID ("": the older one) is no longer published, signs and opens nothing. Retiring the newer one calls the
// rollover off. [sso.KeyLast] when no other is in use, [sso.NotFound] when this one is not.
func (s *Service) RetireKey(ctx context.Context, by sso.Actor, t sso.TenantID, id string) (Key, error) {
	const op = "settings.key_retire"
	return s.changeKeys(ctx, op, by, t, func(used []sso.SealedKey, c *KeyChange) (sso.SealedKey, error) {
		at := slices.IndexFunc(used, func(k sso.SealedKey) bool { return k.ID == id || id == "" })
		switch {
		case at < 0 && id != "":
			return sso.SealedKey{}, sso.Refuse(op, sso.NotFound)
		case len(used) < maxKeys:
			return sso.SealedKey{}, sso.Refuse(op, sso.KeyLast)
		}
		gone := used[at]
		gone.RetiredAt = c.At
		c.Retire = gone.ID
		return gone, nil
	})
}

// changeKeys makes a change of the pairs in use, again if somebody else makes one at the same moment.
func (s *Service) changeKeys(ctx context.Context, op string, by sso.Actor, t sso.TenantID, decide func([]sso.SealedKey, *KeyChange) (sso.SealedKey, error)) (Key, error) {
	if err := by.MayAdminister(op, t); err != nil {
		return Key{}, err
	}
	var err error
	for range keyTries {
		var rows []sso.SealedKey
		if rows, err = s.Store.SPKeys(ctx, t); err != nil {
			return Key{}, err
		}
		used := inUse(rows)
		c := KeyChange{Tenant: t, At: s.Now(), Expect: ids(used)}
		changed, refused := decide(used, &c)
		if refused != nil {
			return Key{}, refused
		}
		c.Audit = keyEntry(by, c, changed)
		if err = s.Store.SaveSPKeys(ctx, c); err == nil {
			return show(changed, signing(used)), nil
		}
		if sso.CodeOf(err) != sso.VersionConflict {
			break
		}
	}
	return Key{}, err
}

// keyEntry is the audit row: which pair, and which then are in use.
func keyEntry(by sso.Actor, c KeyChange, k sso.SealedKey) sso.AuditEntry {
	action, after := "sso.key_retire", slices.DeleteFunc(slices.Clone(c.Expect), func(id string) bool { return id == c.Retire })
	if c.Add != nil {
		action, after = "sso.key_rotate", append(after, c.Add.ID)
	}
	return entry(by, c.At, c.Tenant, action, "sp_key:"+k.ID, sso.Fields{"keys": c.Expect}, sso.Fields{"keys": after})
}

func inUse(rows []sso.SealedKey) []sso.SealedKey {
	return slices.DeleteFunc(slices.Clone(rows), func(k sso.SealedKey) bool { return !k.RetiredAt.IsZero() })
}

// signing is the ID of the pair that signs, "" where there is none yet.
func signing(used []sso.SealedKey) string {
	if len(used) == 0 {
		return ""
	}
	return used[0].ID
}

func ids(keys []sso.SealedKey) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.ID
	}
	return out
}

func show(k sso.SealedKey, signs string) Key {
	sum := sha256.Sum256(k.Certificate)
	return Key{
		ID: k.ID, SHA256: hex.EncodeToString(sum[:]), Certificate: k.Certificate, CreatedAt: k.CreatedAt, RetiredAt: k.RetiredAt,
		Signs: k.RetiredAt.IsZero() && (k.ID == signs || signs == ""),
	}
}
