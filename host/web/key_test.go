package web

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// fakeKeys makes key pairs that are only named.
type fakeKeys struct{ made int }

func (f *fakeKeys) NewKey(t sso.TenantID) (sso.SealedKey, error) {
	f.made++
	return sso.SealedKey{Tenant: t, ID: fmt.Sprint("k", f.made), Sealed: []byte("private"), Certificate: []byte{48, byte(f.made)}}, nil
}

func TestKeyRollover(t *testing.T) {
	w := newWorld(t)
	states := func() (out []any) {
		answer := w.api("GET", "/tenants/acme/sso/keys", w.admin, "")
		require.Equal(t, 200, answer.Code)
		require.NotContains(t, answer.Body.String(), "private")
		for _, item := range document(t, answer)["items"].([]any) {
			out = append(out, item.(map[string]any)["state"])
		}
		return out
	}
	require.Empty(t, states())
	rotate := func() int { return w.api("POST", "/tenants/acme/sso/keys", w.admin, "").Code }
	require.Equal(t, 201, rotate())
	require.Equal(t, 409, w.api("DELETE", "/tenants/acme/sso/keys/k1", w.admin, "").Code)
	answer := w.api("POST", "/tenants/acme/sso/keys", w.admin, "")
	require.Equal(t, 201, answer.Code)
	require.Equal(t, "/api/v1/tenants/acme/sso/keys/k2", answer.Header().Get("Location"))
	require.Contains(t, document(t, answer)["certificate"], "-----BEGIN CERTIFICATE-----")
	require.Equal(t, []any{"signs", "published"}, states())
	answer = w.api("POST", "/tenants/acme/sso/keys", w.admin, "")
	require.Equal(t, 409, answer.Code)
	require.Equal(t, "key_rollover", document(t, answer)["code"])
	require.Equal(t, 404, w.api("DELETE", "/tenants/acme/sso/keys/k9", w.admin, "").Code)
	require.Equal(t, 204, w.api("DELETE", "/tenants/acme/sso/keys/k1", w.admin, "").Code)
	require.Equal(t, []any{"retired", "signs"}, states())
}
