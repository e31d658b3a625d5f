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
	token, secret, err := h.CreateToken(t.Context(), admin, tenant, " CI ")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(secret, "idp_"))
	require.Equal(t, "CI", token.Name)
	require.Equal(t, "user:u_admin", token.CreatedBy)
	listed, err := h.Tokens(t.Context(), admin, tenant)
	require.NoError(t, err)
	require.Equal(t, []directory.Token{token}, listed)
	require.NotContains(t, token.Hash+h.audit(t, tenant).After, secret)

	by, err := h.Authenticate(t.Context(), secret)
	require.NoError(t, err)
	require.Equal(t, sso.Actor{Kind: sso.APIToken, ID: token.ID, Tenant: tenant, Admin: true}, by)
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

func TestATokenNeedsAName(t *testing.T) {
	_, _, err := newHouse(t).CreateToken(t.Context(), admin, tenant, " ")
	require.Equal(t, []string{"name: name_invalid"}, problems(t, err))
}

func TestADisabledTenantsTokensAreRefused(t *testing.T) {
	h := newHouse(t)
	_, secret, err := h.CreateToken(t.Context(), admin, tenant, "CI")
	require.NoError(t, err)
	_, err = h.UpdateTenant(t.Context(), operator, tenant, directory.TenantPatch{Disabled: new(true)})
	require.NoError(t, err)
	_, err = h.Authenticate(t.Context(), secret)
	refusal(t, err, sso.TenantDisabled)
}
