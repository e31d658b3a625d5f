package sdktest_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
)

// write makes a folder of testdata.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return dir
}

const (
	ada       = `{"idp_entity_id": "urn:acme", "name_id": {"value": "u1", "format": "` + sdk.NameIDPersistent + `"}, "attributes": [{"name": "mail", "values": ["Ada@Example.com"]}, {"name": "groups", "values": ["a", "b"]}]}`
	adaGolden = `{
  "subject": {
    "text": "u1",
    "from": "NameID",
    "op": "as-is"
  },
  "email": {
    "text": "ada@example.com",
    "from": "mail",
    "op": "lower"
  },
  "groups": [
    {
      "text": "a",
      "from": "groups",
      "op": "as-is"
    },
    {
      "text": "b",
      "from": "groups",
      "op": "as-is"
    }
  ],
  "problems": []
}
`
)

// echoing advises on what it was asked.
var echoing = acme{metadata: func(r *sdk.MetadataRequest, a *sdk.MetadataAdvice) error {
	a.EntityID = r.EntityID + "|" + r.SourceURL + "|" + string(r.Document)
	return nil
}}

func TestGoldenFilesAreWrittenAndCompared(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{
		"assertions/ada.json": ada, "assertions/README.md": "not a question", "metadata/plain.xml": "<x/>",
		"metadata/chosen.json": `{"entity_id": "urn:b", "source_url": "https://idp.example.org", "document": "plain.xml"}`, "metadata/url.json": `{"source_url": "https://idp.example.org/sso"}`,
	})
	for _, id := range []string{"golden.metadata", "golden.assertions"} {
		require.Contains(t, sdktest.Golden(t.Context(), id, echoing, dir, false).Seen, "is missing: run with -update")
		require.Equal(t, sdktest.Passed, sdktest.Golden(t.Context(), id, echoing, dir, true).Outcome)
		require.Equal(t, sdktest.Passed, sdktest.Golden(t.Context(), id, echoing, dir, false).Outcome)
	}
	for name, want := range map[string]string{
		"assertions/ada.golden.json":  adaGolden,
		"metadata/chosen.golden.json": "{\n  \"entity_id\": \"urn:b|https://idp.example.org|<x/>\",\n  \"request\": {},\n  \"problems\": []\n}\n",
		"metadata/url.golden.json":    "{\n  \"entity_id\": \"|https://idp.example.org/sso|\",\n  \"request\": {},\n  \"problems\": []\n}\n",
	} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, want, string(got), name)
	}
}

func TestGoldenFilesCatch(t *testing.T) {
	t.Parallel()
	inventing := acme{profile: func(_ context.Context, _ *sdk.ProfileRequest, p *sdk.Profile) error {
		p.Email.Text = "eve@example.com"
		return nil
	}}
	for name, c := range map[string]struct {
		p     sdk.Provider
		files map[string]string
		seen  string
	}{
		"another answer":        {acme{}, map[string]string{"assertions/ada.json": ada, "assertions/ada.golden.json": "{\n  \"subject\": {\n    \"text\": \"u2\",\n"}, `ada.json: line 3: want "text": "u2",, got "text": "u1",`},
		"a longer answer":       {acme{}, map[string]string{"assertions/ada.json": ada, "assertions/ada.golden.json": adaGolden + "\n"}, "ada.json: want 27 lines, got 26"},
		"an invented value":     {inventing, map[string]string{"assertions/ada.json": ada}, "does not follow"},
		"a slip in a question":  {acme{}, map[string]string{"assertions/ada.json": `{"name_ID": {}, "attribute": []}`}, "unknown field"},
		"an answer to nothing":  {acme{}, map[string]string{"assertions/ada.golden.json": "{}"}, "ada.golden.json answers nothing"},
		"two with one answer":   {acme{}, map[string]string{"metadata/a.json": "{}", "metadata/a.xml": "<a/>"}, "share one answer"},
		"a document not there":  {acme{}, map[string]string{"metadata/a.json": `{"document": "b.xml"}`}, "b.xml"},
		"nothing there":         {acme{}, nil, "there is nothing in testdata/"},
		"no profiles are read":  {signInOnly{acme{}}, map[string]string{"assertions/ada.json": ada}, "reads no profiles"},
		"a provider that fails": {acme{profile: func(context.Context, *sdk.ProfileRequest, *sdk.Profile) error { return os.ErrInvalid }}, map[string]string{"assertions/ada.json": ada}, "invalid argument"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := "golden.assertions"
			for file := range c.files {
				id = "golden." + filepath.Dir(file)
			}
			r := sdktest.Golden(t.Context(), id, c.p, write(t, c.files), false)
			require.NotEqual(t, sdktest.Passed, r.Outcome)
			require.Contains(t, r.Seen, c.seen)
		})
	}
}
