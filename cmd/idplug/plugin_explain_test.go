package main

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/sandbox"
	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/conformance"
	"github.com/idplug/idplug/testing/docblock"
)

func TestMain(m *testing.M) {
	sandbox.Main() // the test binary is its own shim, as the program is
	code := m.Run()
	conformance.Clean()
	os.Exit(code)
}

const capturedResponse = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">
<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><Issuer>http://www.okta.com/exk1</Issuer>
<Subject><NameID>00u1</NameID></Subject><AttributeStatement>
<Attribute Name="email"><AttributeValue>Ada@Example.com</AttributeValue></Attribute>
<Attribute Name="groups"><AttributeValue>admins</AttributeValue><AttributeValue>&#155;2J</AttributeValue></Attribute>
</AttributeStatement></Assertion></samlp:Response>`

const settingsDocument = `{"provider": "okta", "default_roles": ["agent"], "default_inboxes": ["general"], "role_mappings": [
	{"saml_attribute": "groups", "saml_attribute_value": "nobody", "roles": ["developer"]},
	{"saml_attribute": "groups", "saml_attribute_value": "admins", "roles": ["administrator", "task_user"]},
	{"saml_attribute": "email", "saml_attribute_value": "ada@example.com", "roles": ["of-the-tenant"]}]}`

func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestExplainShowsWhereEachValueComesFromAndWhichRowGivesWhat(t *testing.T) {
	okta := conformance.Build(t, "github.com/idplug/idplug/cmd/idplug-provider-okta")
	file := written(t, "captured", "SAMLResponse="+base64.StdEncoding.EncodeToString([]byte(capturedResponse)))
	args := []string{"plugin", "explain", file, "--plugin", okta, "--settings", written(t, "settings.json", settingsDocument)}

	code, stdout, stderr := idplug(t, args...)
	require.Equal(t, exitDone, code, stderr)
	for _, line := range []string{
		"NOT VERIFIED",
		"email    ada@example.com  email   lower",
		"subject  00u1             NameID  as-is",
		"roles: administrator, of-the-tenant\n",
		"role_mappings[1]  groups = admins  gives administrator, task_user\n",
		"role_mappings[2]  email = ada@example.com  gives of-the-tenant\n",
		"dropped, for it combines with no other: task_user\n",
		"default_inboxes, because none of 0 rows matches\n",
	} {
		require.Contains(t, stdout, line)
	}
	require.NotContains(t, stdout, "\u009b", "a terminal must not obey a captured file")

	code, stdout, stderr = idplug(t, append(args, "--json")...)
	require.Equal(t, exitDone, code, stderr)
	var doc struct {
		Verified bool
		Profile  []profileField
		Roles    struct{ Granted, Matched, Dropped []string }
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &doc))
	require.Contains(t, stdout, `"verified": false`)
	require.Contains(t, doc.Profile, profileField{"email", "ada@example.com", "email", "lower"})
	require.Equal(t, []string{"role_mappings[1]", "role_mappings[2]"}, doc.Roles.Matched)
	require.Equal(t, []string{"task_user"}, doc.Roles.Dropped)
}

func TestExplainShowsAdviceAndTheHostsReading(t *testing.T) {
	okta := conformance.Build(t, "github.com/idplug/idplug/cmd/idplug-provider-okta")
	document := func(name string) string {
		return filepath.Join(docblock.Root(t), "plugins/okta/testdata/metadata", name)
	}
	code, stdout, stderr := idplug(t, "plugin", "explain", document("old-certificate.xml"), "--provider", "okta", "--plugin-dir", filepath.Dir(okta))
	require.Equal(t, exitDone, code, stderr)
	require.Contains(t, stdout, "okta.sha1_certificate")
	require.Contains(t, stdout, "mend it: On the Sign On tab")
	require.Contains(t, stdout, "error  metadata_xml  metadata_no_key", "its only key is too weak for the host")

	code, stdout, stderr = idplug(t, "plugin", "explain", document("metadata.xml"), "--plugin-dir", filepath.Dir(okta), "--json")
	require.Equal(t, exitDone, code, stderr)
	require.Contains(t, stdout, `"entity_id": "http://www.okta.com/exk1acme2SYNTHETIC3d7"`)
	require.Contains(t, stdout, `"refused": null`)
}

func TestExplainTellsOfAnInventedValue(t *testing.T) {
	c, err := badplugin.Compile(t.Context())
	require.NoError(t, err)
	path, err := c.Write(t.TempDir(), badplugin.Binary{Mode: badplugin.InventedValue, Key: "okta"})
	require.NoError(t, err)
	code, stdout, stderr := idplug(t, "plugin", "explain", written(t, "captured.xml", capturedResponse), "--plugin", path)
	require.Equal(t, exitDone, code, stderr)
	require.Contains(t, stdout, "REFUSED  plugin.unproven_value")
	require.Contains(t, stdout, "email")
}

func TestExplainRefusals(t *testing.T) {
	response := written(t, "captured.xml", capturedResponse)
	empty := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no file":                     {[]string{filepath.Join(empty, "nothing")}, exitFailed, "no such file"},
		"both":                        {[]string{response, "--provider", "okta", "--plugin", "x"}, exitUsage, "not both"},
		"no plugins":                  {[]string{response, "--plugin-dir", empty}, exitFailed, "name a binary with --plugin"},
		"no such plugin":              {[]string{response, "--plugin", filepath.Join(empty, "idplug-provider-acme")}, exitFailed, "no such file"},
		"another file":                {[]string{response, "--plugin", response}, exitFailed, "is named idplug-provider-<key>"},
		"a plugin that is a document": {[]string{response, "--plugin", copied(t, response, "idplug-provider-acme")}, exitFailed, "does not serve"},
		"no response":                 {[]string{written(t, "page", "<html>")}, exitFailed, "it is a web page"},
		"encrypted":                   {[]string{written(t, "e", `<EncryptedAssertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>`)}, exitFailed, "only the server has the key"},
		"settings misspelt":           {[]string{response, "--settings", written(t, "s", `{"default_rolls": []}`)}, exitFailed, "default_rolls"},
		"settings not JSON":           {[]string{response, "--settings", response}, exitFailed, "settings"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := idplug(t, append([]string{"plugin", "explain"}, c.args...)...)
			require.Equal(t, c.code, code, stdout+stderr)
			require.Contains(t, stderr, c.says)
		})
	}
}

func copied(t *testing.T, path, name string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return written(t, name, string(text))
}
