package directory_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

func TestATokenActsAsAnAdministratorOfItsTenant(t *testing.T) {
	h := newHouse(t)
	h.tenant(t, "globex")
	admin := h.administrator(t)
	token, secret, err := h.CreateToken(t.Context(), admin, tenant, " CI ")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(secret, "idp_"))
	require.Equal(t, "CI", token.Name)
	require.Equal(t, "user:"+admin.ID, token.CreatedBy)
	listed, err := h.Tokens(t.Context(), admin, tenant)
	require.NoError(t, err)
	require.Equal(t, []directory.Token{token}, listed)
	require.NotContains(t, token.Hash+h.audit(t, tenant).After, secret)

	by, err := h.Authenticate(t.Context(), secret)
	require.NoError(t, err)
	require.Equal(t, sso.Actor{Kind: sso.APIToken, ID: token.ID, Tenant: tenant, Admin: true, Maker: "user:" + admin.ID}, by)
	require.NoError(t, by.MayAdminister("x", tenant))
	refusal(t, by.MayAdminister("x", "globex"), sso.NotFound)
	refusal(t, by.MayOperate("x"), sso.Forbidden)

	for _, wrong := range []string{"", "idp_", secret + "x", strings.TrimPrefix(secret, "idp_"), token.Hash, "idp_" + token.Hash} {
		_, err := h.Authenticate(t.Context(), wrong)
		refusal(t, err, sso.Unauthorized)
	}
	refusal(t, h.DeleteToken(t.Context(), operator, "globex", token.ID), sso.NotFound)
	require.NoError(t, h.DeleteToken(t.Context(), by, tenant, token.ID))
	require.Equal(t, "token:"+token.ID, h.audit(t, tenant).Actor)
	_, err = h.Authenticate(t.Context(), secret)
	refusal(t, err, sso.Unauthorized)
	refusal(t, h.DeleteToken(t.Context(), admin, tenant, token.ID), sso.NotFound)
}

// administrator is an actor who exists.
func (h *house) administrator(t *testing.T) sso.Actor {
	t.Helper()
	by := admin
	by.ID = string(h.user(t, "boss@acme.test", sso.Administrator))
	return by
}

func TestATokenIsNoMoreThanWhoMadeIt(t *testing.T) {
	h := newHouse(t)
	h.user(t, "last@acme.test", sso.Administrator)
	by := h.administrator(t)
	_, secret, err := h.CreateToken(t.Context(), by, tenant, "CI")
	require.NoError(t, err)
	token, err := h.Authenticate(t.Context(), secret)
	require.NoError(t, err)
	made, child, err := h.CreateToken(t.Context(), token, tenant, "made by a token")
	require.NoError(t, err)
	require.Equal(t, by.String(), made.CreatedBy, "the person answers for it")
	_, operators, err := h.CreateToken(t.Context(), operator, tenant, "CI")
	require.NoError(t, err)
	for _, c := range []struct {
		patch directory.UserPatch
		code  sso.Code
	}{
		{directory.UserPatch{}, ""},
		{directory.UserPatch{Status: new(sso.Deactivated)}, sso.Unauthorized},
		{directory.UserPatch{Status: new(sso.Active)}, sso.Unauthorized}, // invited: never signed in
		{directory.UserPatch{Status: new(sso.Active)}, ""},
		{directory.UserPatch{Roles: &[]sso.Key{"agent"}}, sso.Unauthorized},
	} {
		_, err = h.UpdateUser(t.Context(), operator, tenant, sso.UserID(by.ID), c.patch)
		require.NoError(t, err)
		for _, own := range []string{secret, child} {
			_, err = h.Authenticate(t.Context(), own)
			require.Equal(t, c.code, sso.CodeOf(err))
		}
		_, err = h.Authenticate(t.Context(), operators)
		require.NoError(t, err)
	}
	require.NoError(t, h.DeleteUser(t.Context(), operator, tenant, sso.UserID(by.ID)))
	_, err = h.Authenticate(t.Context(), secret)
	refusal(t, err, sso.Unauthorized)
}

func TestATokenNeedsAName(t *testing.T) {
	_, _, err := newHouse(t).CreateToken(t.Context(), admin, tenant, " ")
	require.Equal(t, []string{"name: name_invalid"}, problems(t, err))
}

func TestADisabledTenantsTokensAreRefused(t *testing.T) {
	h := newHouse(t)
	_, secret, err := h.CreateToken(t.Context(), h.administrator(t), tenant, "CI")
	require.NoError(t, err)
	_, err = h.UpdateTenant(t.Context(), operator, tenant, directory.TenantPatch{Disabled: new(true)})
	require.NoError(t, err)
	_, err = h.Authenticate(t.Context(), secret)
	refusal(t, err, sso.TenantDisabled)
}
