package saml_test

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml"
	"github.com/idplug/idplug/testing/vectors"
)

// TestNobodyOutsideCanTellWhyNothingOpens: every encrypted message that does not open, or shows nothing signed, gets the same answer, step for step, and
// costs about the same. Work is counted in allocations: times would say more about the machine.
func TestNobodyOutsideCanTellWhyNothingOpens(t *testing.T) {
	b, s := base(t), service()
	var text string
	var trace []sso.Step
	var work []float64
	for _, v := range vectors.All() {
		// What a signed Response holds was made by the provider, and nobody outside can have changed it.
		if !v.Sealed() || v.Code != sso.EncFailed || strings.HasPrefix(v.Name, "encryption told: ") || strings.HasSuffix(v.Name, "in a signed Response") {
			continue
		}
		m, err := v.Message(b)
		require.NoError(t, err)
		_, steps, err := verify(s, target(b.Key), m)
		e := refusalOf(t, err)
		require.Empty(t, e.Params, v.Name)
		require.NoError(t, e.Err, v.Name)
		if text == "" {
			text = err.Error()
		}
		require.Equal(t, text, err.Error(), v.Name)
		if strings.HasPrefix(v.Name, "encryption form: ") {
			require.NotEmpty(t, steps[len(steps)-1].Got, "what everybody can see is told")
			continue
		}
		if trace == nil {
			trace = steps
		}
		require.Equal(t, trace, steps, v.Name)
		work = append(work, testing.AllocsPerRun(2, func() { _, _, _ = verify(s, target(b.Key), m) }))
	}
	require.Greater(t, len(work), 50)
	require.Less(t, slices.Max(work), 1.25*slices.Min(work), "%v", work)
}

// TestNobodyOutsideCanTellPaddings: whoever knows whether a padding was one decrypts block after block. What is put around two blocks must not tell,
// however much it is.
func TestNobodyOutsideCanTellPaddings(t *testing.T) {
	b, s := base(t), service()
	var work []float64
	for _, padding := range []byte{0, 'a', 200} { // 0: a padding
		kind := &padding
		if padding == 0 {
			kind = nil
		}
		m, err := vectors.Blocks("abcdefghij", kind).Message(b)
		require.NoError(t, err)
		work = append(work, testing.AllocsPerRun(2, func() {
			_, _, err := verify(s, target(b.Key), m)
			require.Equal(t, sso.EncFailed, sso.CodeOf(err))
		}))
	}
	require.Less(t, slices.Max(work), 1.1*slices.Min(work), "%v", work)
}

// encryptedFor is the vector's message, encrypted for one of our keys.
func encryptedFor(t *testing.T, name string, public *rsa.PublicKey) string {
	t.Helper()
	b := base(t)
	b.Encrypt = public
	return message(t, b, name)
}

// TestRollover: what is encrypted for any key in use opens, until the key is retired.
func TestRollover(t *testing.T) {
	b := base(t)
	rolling := service(spRow(1))
	for n := range 2 {
		m := encryptedFor(t, "encrypted: signed assertion", spPublic(t, n))
		_, _, err := verify(rolling, target(b.Key), m)
		require.NoError(t, err, "key %d", n)
	}
	old, fresh := spRow(0), spRow(1)
	old.RetiredAt = clock
	rolled := newcomer()
	rolled.Keys = &fakeKeys{rows: []sso.SealedKey{old, fresh}}
	_, _, err := verify(rolled, target(b.Key), encryptedFor(t, "encrypted: signed assertion", spPublic(t, 0)))
	require.Equal(t, sso.EncFailed, sso.CodeOf(err), "retired")
	_, _, err = verify(rolled, target(b.Key), encryptedFor(t, "encrypted: signed assertion", spPublic(t, 1)))
	require.NoError(t, err)
}

// TestAKeyOfAnotherTenantOpensNothing: the message is for acme's key, and other's response is judged.
func TestAKeyOfAnotherTenantOpensNothing(t *testing.T) {
	b, s := base(t), service()
	other := target(b.Key)
	other.Tenant.ID = "other"
	b.SP = b.OtherSP
	m := message(t, b, "encrypted: signed assertion")
	_, _, err := verify(s, other, m)
	require.Equal(t, sso.EncFailed, sso.CodeOf(err))
	rows, err := s.Keys.SPKeys(t.Context(), "other")
	require.NoError(t, err)
	require.Empty(t, rows, "nobody can have encrypted for a key that is made now")
}

// TestAKeyThatWasMovedToAnotherRowDoesNotOpen, not even when it was opened in its own row before.
func TestAKeyThatWasMovedToAnotherRowDoesNotOpen(t *testing.T) {
	b, s := base(t), service()
	m := message(t, b, "encrypted: signed assertion")
	_, _, err := verify(s, target(b.Key), m)
	require.NoError(t, err)
	moved := spRow(0)
	moved.ID = "elsewhere"
	s.Keys = &fakeKeys{rows: []sso.SealedKey{moved}}
	_, _, err = verify(s, target(b.Key), m)
	require.Equal(t, sso.Internal, sso.CodeOf(err))
	require.ErrorContains(t, err, "sealed for something else")
}

// TestBrokenStoreIsNoFailedDecryption: it is our fault, and the provider's people must not look for it.
func TestBrokenStoreIsNoFailedDecryption(t *testing.T) {
	b, s := base(t), service()
	broken := errors.New("disk full")
	s.Keys = brokenKeys{err: broken}
	_, _, err := verify(s, target(b.Key), message(t, b, "encrypted: signed assertion"))
	require.Equal(t, sso.Internal, sso.CodeOf(err))
	require.ErrorIs(t, err, broken)
	_, _, err = verify(s, target(b.Key), message(t, b, "signed assertion"))
	require.NoError(t, err, "a message in the clear needs no key")
}

type brokenKeys struct {
	saml.Keys
	err error
}

func (k brokenKeys) SPKeys(context.Context, sso.TenantID) ([]sso.SealedKey, error) { return nil, k.err }

// TestNothingIsDecryptedThatASignatureDoesNotCover: with a Response that is signed, its signature is judged first.
func TestNothingIsDecryptedThatASignatureDoesNotCover(t *testing.T) {
	b := base(t)
	for name, want := range map[string][]string{
		"encrypted: signed assertion":               {"structure", "decrypt", "assertion"},
		"encrypted: assertion in a signed Response": {"structure", "signature", "decrypt", "assertion"},
		"encrypted: both signed":                    {"structure", "signature", "decrypt", "assertion"},
	} {
		_, steps, err := verify(service(), target(b.Key), message(t, b, name))
		require.NoError(t, err)
		var names []string
		for _, s := range steps[3 : 3+len(want)] {
			names = append(names, s.Name)
		}
		require.Equal(t, want, names, name)
	}
	s := service()
	s.Keys = brokenKeys{err: errors.New("asked for a key")}
	_, _, err := verify(s, target(b.Stranger), message(t, b, "encrypted: both signed"))
	require.Equal(t, sso.SigUntrustedKey, sso.CodeOf(err))
}

// TestEncryptedAssertionsAreReadLikePlainOnes to the last attribute.
func TestEncryptedAssertionsAreReadLikePlainOnes(t *testing.T) {
	b := base(t)
	want, _, err := verify(service(), target(b.Key), message(t, b, "both signed"))
	require.NoError(t, err)
	got, _, err := verify(service(), target(b.Key), message(t, b, "encrypted: both signed"))
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// decoded is a message's document.
func decoded(t *testing.T, message string) string {
	t.Helper()
	doc, err := base64.StdEncoding.DecodeString(message)
	require.NoError(t, err)
	return string(doc)
}
