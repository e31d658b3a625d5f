package sso_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// glass is a box that hides nothing and opens for whom it was closed.
type glass struct{}

func (glass) Seal(purpose string, aad, plain []byte) ([]byte, error) {
	return append([]byte(purpose+"|"+string(aad)+"|"), plain...), nil
}

func (glass) Open(purpose string, aad, sealed []byte) ([]byte, error) {
	plain, ok := bytes.CutPrefix(sealed, []byte(purpose+"|"+string(aad)+"|"))
	if !ok {
		return nil, errors.New("not for you")
	}
	return plain, nil
}

func TestAttributesAreKeptForTheirSignInAlone(t *testing.T) {
	as := sso.Attributes{{Name: "urn:oid:0.9.2342.19200300.100.1.3", FriendlyName: "mail", Values: []string{"ada@example.com"}}, {Name: "groups", Values: []string{"a", "ü\n"}}}
	sealed, err := sso.SealAttributes(glass{}, "acme", "req-1", as)
	require.NoError(t, err)
	got, err := sso.LoginRecord{Tenant: "acme", RequestID: "req-1", Attributes: sealed}.OpenAttributes(glass{})
	require.NoError(t, err)
	require.Equal(t, as, got)
	for _, moved := range []sso.LoginRecord{{Tenant: "globex", RequestID: "req-1"}, {Tenant: "acme", RequestID: "req-2"}} {
		moved.Attributes = sealed
		_, err := moved.OpenAttributes(glass{})
		require.Error(t, err)
	}
}

func TestAttributesThatAreNoneOrTooManyAreNotKept(t *testing.T) {
	huge := sso.Attributes{{Name: "groups", Values: []string{strings.Repeat("x", sso.MaxKeptAttributes)}}}
	for _, as := range []sso.Attributes{nil, huge} {
		sealed, err := sso.SealAttributes(glass{}, "acme", "req-1", as)
		require.NoError(t, err)
		require.Nil(t, sealed)
	}
	got, err := sso.LoginRecord{Tenant: "acme"}.OpenAttributes(glass{})
	require.NoError(t, err)
	require.Nil(t, got)
}
