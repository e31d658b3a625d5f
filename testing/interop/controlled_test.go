package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/need"
)

// controlled is an identity provider in peers/ around a library that other people wrote.
type controlled struct{ url string }

// startControlled runs the program with its configuration as the last argument.
func startControlled(t *testing.T, h *host, tenant string, env []string, program ...string) provider {
	t.Helper()
	p := &controlled{"http://127.0.0.1:" + h.ports[tenant]}
	dir := t.TempDir()
	writeKeys(t, dir)
	told, err := json.Marshal(map[string]string{
		"url": p.url, "dir": dir, "sp": h.url + "/saml/" + tenant + "/metadata", "person": ada, "password": password,
	})
	require.NoError(t, err)
	background(t, strings.TrimPrefix(p.url, "http://"), env, program[0], append(program[1:], string(told))...)
	return p
}

func startSamlify(t *testing.T, h *host, tenant string) provider {
	t.Helper()
	node, modules := need.Node(t, npm)
	return startControlled(t, h, tenant, []string{"NODE_PATH=" + modules}, node, filepath.Join("peers", "samlify_idp.js"))
}

func startLasso(t *testing.T, h *host, tenant string) provider {
	t.Helper()
	python := need.PythonModules(t, "python3-lasso", "lasso")
	return startControlled(t, h, tenant, nil, python, "-I", filepath.Join("peers", "lasso_idp.py"))
}

func (p *controlled) metadataURL() string { return p.url + "/metadata" }

func (p *controlled) leave() string { return p.url + "/leave" }

func (p *controlled) tile(application string) string {
	return p.url + "/tile?application=" + url.QueryEscape(application)
}

func (p *controlled) configure(s settings) error {
	body, err := json.Marshal(map[string]any{"keys": s.keys, "encrypt": s.encrypt, "want_signed": s.wantSigned, "only_post": s.onlyPOST})
	if err != nil {
		return err
	}
	answer, err := http.Post(p.url+"/_control", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		return fmt.Errorf("control: %s", answer.Status)
	}
	return nil
}
