package settings_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// smith makes keys that are only named.
type smith struct {
	made int
	now  func() time.Time
	err  error
}

func (s *smith) NewKey(t sso.TenantID) (sso.SealedKey, error) {
	s.made++
	return sso.SealedKey{Tenant: t, ID: fmt.Sprint("k", s.made), Sealed: []byte("secret"), Certificate: []byte{48}, CreatedAt: s.now()}, s.err
}

func rolling(t *testing.T) (*house, *smith) {
	h := newHouse(t)
	s := &smith{now: func() time.Time { return h.now }}
	h.KeyMaker = s
	return h, s
}

// used are the IDs of the keys, the one that signs with a star, retired ones in brackets.
func (h *house) used(t *testing.T) (out []string) {
	t.Helper()
	keys, err := h.Keys(t.Context(), admin, tenant)
	require.NoError(t, err)
	for _, k := range keys {
		mark := map[settings.KeyState]string{settings.KeyRetired: "(%s)", settings.KeySigns: "%s*", settings.KeyPublished: "%s"}
		out = append(out, fmt.Sprintf(mark[k.State()], k.ID))
	}
	return out
}

func TestKeyRollover(t *testing.T) {
	h, _ := rolling(t)
	require.Empty(t, h.used(t))
	first, err := h.RotateKey(t.Context(), admin, tenant)
	require.NoError(t, err)
	require.True(t, first.Signs)
	require.Equal(t, []string{"k1*"}, h.used(t))

	_, err = h.RetireKey(t.Context(), admin, tenant, "")
	require.Equal(t, sso.KeyLast, sso.CodeOf(err))

	h.now = h.now.Add(time.Hour)
	second, err := h.RotateKey(t.Context(), operator, tenant)
	require.NoError(t, err)
	require.Equal(t, "k2", second.ID)
	require.False(t, second.Signs, "it is published before anything is signed with it")
	require.Equal(t, []string{"k1*", "k2"}, h.used(t))

	_, err = h.RotateKey(t.Context(), admin, tenant)
	require.Equal(t, sso.KeyRollover, sso.CodeOf(err))
	require.ErrorAs(t, err, new(*sso.Error))

	gone, err := h.RetireKey(t.Context(), admin, tenant, "")
	require.NoError(t, err)
	require.Equal(t, "k1", gone.ID)
	require.Equal(t, h.now, gone.RetiredAt)
	require.False(t, gone.Signs)
	require.Equal(t, []string{"(k1)", "k2*"}, h.used(t))

	_, err = h.RetireKey(t.Context(), admin, tenant, "k1")
	require.Equal(t, sso.NotFound, sso.CodeOf(err), "it is retired already")
}

func TestARolloverCanBeCalledOff(t *testing.T) {
	h, _ := rolling(t)
	for range 2 {
		_, err := h.RotateKey(t.Context(), admin, tenant)
		require.NoError(t, err)
	}
	_, err := h.RetireKey(t.Context(), admin, tenant, "k2")
	require.NoError(t, err)
	require.Equal(t, []string{"k1*", "(k2)"}, h.used(t))
}

func TestKeyChangesAreAudited(t *testing.T) {
	h, _ := rolling(t)
	for range 2 {
		_, err := h.RotateKey(t.Context(), admin, tenant)
		require.NoError(t, err)
	}
	_, err := h.RetireKey(t.Context(), operator, tenant, "")
	require.NoError(t, err)
	var rows []string
	for _, e := range h.audit(t) {
		rows = append(rows, fmt.Sprint(e.Actor, " ", e.Action, " ", e.Target, " ", e.Before, " ", e.After))
	}
	require.Equal(t, []string{
		`operator:cli sso.key_retire sp_key:k1 {"keys":["k1","k2"]} {"keys":["k2"]}`,
		`user:u_admin sso.key_rotate sp_key:k2 {"keys":["k1"]} {"keys":["k1","k2"]}`,
		`user:u_admin sso.key_rotate sp_key:k1 {"keys":[]} {"keys":["k1"]}`,
	}, rows)
}

func TestOnlyAdministratorsChangeKeys(t *testing.T) {
	h, s := rolling(t)
	for by, code := range map[sso.Actor]sso.Code{
		{Kind: sso.Person, ID: "u_1", Tenant: tenant}:               sso.Forbidden,
		{Kind: sso.Person, ID: "u_1", Tenant: "other", Admin: true}: sso.NotFound,
	} {
		_, err := h.Keys(t.Context(), by, tenant)
		require.Equal(t, code, sso.CodeOf(err))
		_, err = h.RotateKey(t.Context(), by, tenant)
		require.Equal(t, code, sso.CodeOf(err))
		_, err = h.RetireKey(t.Context(), by, tenant, "")
		require.Equal(t, code, sso.CodeOf(err))
	}
	require.Zero(t, s.made)
	_, err := h.RotateKey(t.Context(), operator, "nobody")
	require.Equal(t, sso.NotFound, sso.CodeOf(err))
}

func TestAKeyThatCannotBeMadeOrKeptChangesNothing(t *testing.T) {
	h, s := rolling(t)
	s.err = errors.New("no randomness")
	_, err := h.RotateKey(t.Context(), admin, tenant)
	require.ErrorIs(t, err, s.err)
	s.err = nil
	full := errors.New("disk full")
	h.store.Fail(full)
	_, err = h.RotateKey(t.Context(), admin, tenant)
	require.ErrorIs(t, err, full)
	require.Empty(t, h.used(t))
	require.Empty(t, h.audit(t))
}

// TestRotationsAtOnceBeginOneRollover, whoever wins.
func TestRotationsAtOnceBeginOneRollover(t *testing.T) {
	h := newHouse(t)
	h.KeyMaker = named{}
	_, err := h.RotateKey(t.Context(), admin, tenant)
	require.NoError(t, err)
	codes := make(chan sso.Code, 8)
	for range cap(codes) {
		go func() {
			_, err := h.RotateKey(t.Context(), admin, tenant)
			codes <- sso.CodeOf(err)
		}()
	}
	counted := map[sso.Code]int{}
	for range cap(codes) {
		counted[<-codes]++
	}
	require.Equal(t, map[sso.Code]int{"": 1, sso.KeyRollover: cap(codes) - 1}, counted)
}

// named makes keys that many may ask for at once.
type named struct{}

func (named) NewKey(t sso.TenantID) (sso.SealedKey, error) {
	return sso.SealedKey{Tenant: t, ID: fmt.Sprint("k", time.Now().UnixNano()), Certificate: []byte{48}}, nil
}

var _ settings.KeyMaker = named{}
