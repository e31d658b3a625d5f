package seal

import (
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func box(t *testing.T, current Key, older ...Key) *Box {
	t.Helper()
	b, err := New(current, older...)
	require.NoError(t, err)
	return b
}

func TestSealOpensWhatItSealed(t *testing.T) {
	b := box(t, NewKey())
	for _, plain := range [][]byte{nil, []byte("x"), make([]byte, 100_000)} {
		sealed, err := b.Seal("flow", []byte("acme"), plain)
		require.NoError(t, err)
		require.Len(t, sealed, len(plain)+Overhead)
		got, err := b.Open("flow", []byte("acme"), sealed)
		require.NoError(t, err)
		require.Equal(t, len(plain), len(got))
		require.Equal(t, string(plain), string(got))
	}
}

func TestOpenRefusesEverythingElse(t *testing.T) {
	b := box(t, NewKey())
	sealed, err := b.Seal("flow", []byte("acme"), []byte("secret"))
	require.NoError(t, err)

	for name, open := range map[string]func() ([]byte, error){
		"other purpose": func() ([]byte, error) { return b.Open("sp-key", []byte("acme"), sealed) },
		"other aad":     func() ([]byte, error) { return b.Open("flow", []byte("globex"), sealed) },
		"no aad":        func() ([]byte, error) { return b.Open("flow", nil, sealed) },
		"other key":     func() ([]byte, error) { return box(t, NewKey()).Open("flow", []byte("acme"), sealed) },
		"longer":        func() ([]byte, error) { return b.Open("flow", []byte("acme"), append(sealed, 0)) },
		"empty":         func() ([]byte, error) { return b.Open("flow", []byte("acme"), nil) },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open()
			require.ErrorIs(t, err, ErrUnsealed)
		})
	}
	for i := range sealed {
		forged := append([]byte{}, sealed...)
		forged[i] ^= 1
		_, err := b.Open("flow", []byte("acme"), forged)
		require.ErrorIs(t, err, ErrUnsealed, "bit changed in byte %d", i)
		_, err = b.Open("flow", []byte("acme"), sealed[:i])
		require.ErrorIs(t, err, ErrUnsealed, "cut to %d bytes", i)
	}
}

func TestSealNeverRepeatsItself(t *testing.T) {
	b, seen := box(t, NewKey()), map[string]bool{}
	for range 1000 {
		sealed, err := b.Seal("flow", nil, []byte("same"))
		require.NoError(t, err)
		require.False(t, seen[string(sealed)])
		seen[string(sealed)] = true
	}
}

func TestRotationOpensOldAndSealsNew(t *testing.T) {
	oldKey, newKey := NewKey(), NewKey()
	before, err := box(t, oldKey).Seal("sp-key", nil, []byte("secret"))
	require.NoError(t, err)

	rotated := box(t, newKey, oldKey)
	plain, err := rotated.Open("sp-key", nil, before)
	require.NoError(t, err)
	require.Equal(t, "secret", string(plain))

	after, err := rotated.Seal("sp-key", nil, []byte("secret"))
	require.NoError(t, err)
	_, err = box(t, oldKey).Open("sp-key", nil, after)
	require.ErrorIs(t, err, ErrUnsealed)
	_, err = box(t, newKey).Open("sp-key", nil, after)
	require.NoError(t, err)
}

// Sealed data outlives the program, so the format is pinned by a message of version 1.
func TestFormatStaysReadable(t *testing.T) {
	const sealed = "01076da350f613fa76fd6de43d03028b084f8efbedf24415674a6ffceff0d0fd1377369265abda408e8f207a36c8d64bab60d77202d7b88543ad"
	raw, err := hex.DecodeString(sealed)
	require.NoError(t, err)
	plain, err := box(t, Key{1, 2, 3}).Open("sp-key", []byte("acme"), raw)
	require.NoError(t, err)
	require.Equal(t, "a private key", string(plain))
}

func TestKeyHidesItself(t *testing.T) {
	k := Key{0xAB, 0xCD}
	for _, verb := range []string{"%v", "%+v", "%s", "%#v"} {
		require.NotContains(t, fmt.Sprintf(verb, k), "171")
		require.Contains(t, fmt.Sprintf(verb, k), "hidden")
	}
}

func TestTokenAndID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		token, id := Token(), ID("u_")
		require.Regexp(t, `^[A-Za-z0-9_-]{43}$`, token)
		require.Regexp(t, `^u_[0-9a-f]{24}$`, id)
		require.False(t, seen[token] || seen[id])
		seen[token], seen[id] = true, true
	}
}

func BenchmarkSealFlowCookie(b *testing.B) {
	x, err := New(NewKey())
	require.NoError(b, err)
	plain := make([]byte, 300)
	for b.Loop() {
		sealed, err := x.Seal("flow", nil, plain)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := x.Open("flow", nil, sealed); err != nil {
			b.Fatal(err)
		}
	}
}
