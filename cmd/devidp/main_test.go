package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestServesUntilToldToStop(t *testing.T) {
	people := filepath.Join(t.TempDir(), "people.json")
	require.NoError(t, os.WriteFile(people, []byte(`[{"login":"zoe","email":"zoe@example.com","groups":["g"]}]`), 0o600))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	c := command()
	c.SetArgs([]string{"--dialects", "okta,azure", "--people", people, "--force-authn", "honour"})
	c.SetOut(in)
	c.SetErr(io.Discard)
	ended := make(chan error, 1)
	go func() { ended <- c.ExecuteContext(ctx) }()

	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	require.True(t, ok, line)
	answer, err := http.Get(address + "/_control")
	require.NoError(t, err)
	defer answer.Body.Close()
	var state struct {
		Dialects map[string]struct {
			Settings struct {
				Honour bool `json:"honour_force_authn"`
			} `json:"settings"`
		} `json:"dialects"`
		People []struct {
			Email string `json:"email"`
		} `json:"people"`
	}
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&state))
	require.Len(t, state.Dialects, 2)
	require.True(t, state.Dialects["azure"].Settings.Honour)
	require.Len(t, state.People, 1)
	require.Equal(t, "zoe@example.com", state.People[0].Email)

	stop()
	require.NoError(t, <-ended)
}

func TestBadFlagsAreRefused(t *testing.T) {
	people := filepath.Join(t.TempDir(), "people.json")
	require.NoError(t, os.WriteFile(people, []byte(`[{"login":"zoe","mail":"zoe@example.com"}]`), 0o600))
	for _, args := range [][]string{
		{"--dialects", "keycloak"},
		{"--force-authn", "maybe"},
		{"--people", people},
		{"--people", people + ".none"},
		{"--trust", people},
		{"--listen", "nowhere:x"},
		{"extra"},
	} {
		c := command()
		c.SetArgs(args)
		c.SetOut(io.Discard)
		c.SetErr(io.Discard)
		require.Error(t, c.ExecuteContext(t.Context()), args)
	}
}
