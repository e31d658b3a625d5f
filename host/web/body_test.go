package web

import (
	"errors"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

// FuzzDecode reads any bytes as a document of the API and as a patch of it. They are refused with a code and, where the form is sound, a field, or
// they are read; what was read is written, read and written as the same.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"version":1,"use_sso":true,"provider":"okta","metadata_url":"https://x.test/","role_mappings":[{"saml_attribute":"a","saml_attribute_value":"b","roles":["agent"]}]}`,
		`{}`, `null`, `[]`, `""`, ``, ` `, `{"use_sso":null}`, `{"use_sso":"true"}`, `{"use_sso":true,"use_sso":false}`, `{"USE_SSO":true}`, `{"use_sso":true}{}`,
		`{"role_mappings":[{"x":1}]}`, `{"role_mappings":{"0":{}}}`, `{"version":1e400}`, `{"version":1.5}`, `{"provider":"\ud800"}`, "{\"provider\":\"\xff\"}",
		`{"tenant_id":"other"}`, `{"metadata_xml":"\u0000"}`, `{"default_roles":[[]]}`, "\ufeff{}", `{"a":{"a":{"a":{"a":[]}}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var draft api.SettingsDraft
		if err := decode(data, &draft); err != nil {
			toldWhere(t, err)
		} else {
			again, err := json.Marshal(draft)
			require.NoError(t, err)
			var same api.SettingsDraft
			require.NoError(t, decode(again, &same), "%s", again)
			settled, err := json.Marshal(same)
			require.NoError(t, err)
			require.Equal(t, string(again), string(settled)) // what is empty is not written, so the structs may differ
		}
		var patch api.SettingsDraft
		if err := decodePatch(data, &patch); err != nil {
			toldWhere(t, err)
		}
	})
}

// toldWhere holds a refused body to its two codes.
func toldWhere(t *testing.T, err error) {
	t.Helper()
	require.Contains(t, []sso.Code{sso.BadJSON, sso.Invalid}, sso.CodeOf(err))
	refused, ok := errors.AsType[*sso.Error](err)
	require.True(t, ok)
	if refused.Code == sso.Invalid {
		require.NotEmpty(t, refused.Problems)
	}
}
