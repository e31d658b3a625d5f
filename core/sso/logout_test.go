package sso_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

func TestALogoutConcernsThatPersonsSessionsAlone(t *testing.T) {
	request := sso.LogoutRequest{IDPEntityID: "idp", NameID: sso.NameID{Value: "ada", Format: sso.FormatEmail}, SessionIndexes: []string{"1", "2"}}
	sound := sso.Session{Method: sso.BySSO, IDPEntityID: "idp", NameID: sso.NameID{Value: "ada"}, SessionIndex: "2"}
	require.True(t, request.Concerns(sound), "formats of one class are exchanged for each other")
	for name, change := range map[string]func(*sso.Session){
		"by password":        func(s *sso.Session) { s.Method = sso.ByPassword },
		"another provider's": func(s *sso.Session) { s.IDPEntityID = "other" },
		"another person's":   func(s *sso.Session) { s.NameID.Value = "bob" },
		"another class":      func(s *sso.Session) { s.NameID.Format = sso.FormatPersistent },
		"another session":    func(s *sso.Session) { s.SessionIndex = "3" },
	} {
		other := sound
		change(&other)
		require.False(t, request.Concerns(other), name)
	}
	request.SessionIndexes = nil
	sound.SessionIndex = "3"
	require.True(t, request.Concerns(sound), "all of them")
}
