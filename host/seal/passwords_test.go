package seal

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
	"github.com/stretchr/testify/require"
)

var errBusy = errors.New("busy")

func passwords(t *testing.T) *Passwords {
	t.Helper()
	p, err := NewPasswords(errBusy)
	require.NoError(t, err)
	return p
}

func TestPasswords(t *testing.T) {
	p := passwords(t)
	hash, err := p.Hash(t.Context(), "correct horse battery staple")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=65536,t=2,p=1$"), hash)

	ok, err := p.Verify(t.Context(), hash, "correct horse battery staple")
	require.NoError(t, err)
	require.True(t, ok)
	ok, err = p.Verify(t.Context(), hash, "correct horse battery stable")
	require.NoError(t, err)
	require.False(t, ok)
	_, err = p.Verify(t.Context(), "not a hash", "x")
	require.Error(t, err)

	again, err := p.Hash(t.Context(), "correct horse battery staple")
	require.NoError(t, err)
	require.NotEqual(t, hash, again, "salted")
}

func TestEmptyHashCostsTheSameAndIsFalse(t *testing.T) {
	p := passwords(t)
	for _, password := range []string{"", "anything"} {
		ok, err := p.Verify(t.Context(), "", password)
		require.NoError(t, err)
		require.False(t, ok)
	}
	// Same work, not same time: timings never assert.
	params, _, _, err := argon2id.DecodeHash(p.nobody)
	require.NoError(t, err)
	require.Equal(t, cost, *params)
}

func TestPasswordsAreFewAtATime(t *testing.T) {
	p := passwords(t)
	for range atOnce {
		require.NoError(t, p.enter(t.Context()))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Hash(ctx, "x")
	require.ErrorIs(t, err, errBusy)
	_, err = p.Verify(ctx, "", "x")
	require.ErrorIs(t, err, errBusy)

	done := make(chan error)
	go func() {
		_, err := p.Verify(t.Context(), "", "x")
		done <- err
	}()
	p.leave()
	require.NoError(t, <-done, "a free place is taken")
	p.leave()
}
