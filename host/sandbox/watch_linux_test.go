//go:build linux && (amd64 || arm64)

package sandbox

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAQuestionThatCannotBeJudgedIsRefused: the host lives on, and operators see it among the attempts.
func TestAQuestionThatCannotBeJudgedIsRefused(t *testing.T) {
	what, kind, refuse := contained(question{nr: 42}, func(question) (string, string, bool) { panic("words") })
	require.True(t, refuse)
	require.Equal(t, kindKernel, kind)
	require.Equal(t, "call 42, which could not be judged: words", what)

	_, _, refuse = contained(question{}, func(question) (string, string, bool) { return "", "", false })
	require.False(t, refuse)
}
