package sdk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
)

func valid() sdk.Manifest {
	return sdk.Manifest{
		Key: "acme-id", Name: "Acme ID", Version: "1.2.3-rc.1+build.5", Vendor: "Acme", Homepage: "https://acme.example",
		Capabilities:   sdk.Capabilities{MetadataURL: true},
		Guide:          []sdk.GuideStep{{Title: "Applications", Text: "Enter {acs_url} and {entity_id}, then {metadata_url} or {login_url}. {This} is text."}},
		AttributeHints: []sdk.AttributeHint{{Name: "mail", Label: "Mail", For: sdk.FieldEmail}},
	}
}

func TestManifestCheck(t *testing.T) {
	t.Parallel()
	require.NoError(t, valid().Check())
	for name, c := range map[string]struct {
		spoil func(*sdk.Manifest)
		want  string
	}{
		"key too short":             {func(m *sdk.Manifest) { m.Key = "a" }, "key:"},
		"key with capitals":         {func(m *sdk.Manifest) { m.Key = "Acme" }, "key:"},
		"key with a path":           {func(m *sdk.Manifest) { m.Key = "../acme" }, "key:"},
		"key with a line break":     {func(m *sdk.Manifest) { m.Key = "acme\n" }, "key:"},
		"no name":                   {func(m *sdk.Manifest) { m.Name = "" }, "name:"},
		"version with a v":          {func(m *sdk.Manifest) { m.Version = "v1.0.0" }, "version:"},
		"version of two":            {func(m *sdk.Manifest) { m.Version = "1.0" }, "version:"},
		"version with a zero":       {func(m *sdk.Manifest) { m.Version = "1.02.0" }, "version:"},
		"no vendor":                 {func(m *sdk.Manifest) { m.Vendor = "" }, "vendor:"},
		"homepage is a script":      {func(m *sdk.Manifest) { m.Homepage = "javascript:alert(1)" }, "homepage:"},
		"no URL and no help":        {func(m *sdk.Manifest) { m.Capabilities.MetadataURL = false }, "metadata_help:"},
		"step without text":         {func(m *sdk.Manifest) { m.Guide[0].Text = "" }, "guide[0]:"},
		"unknown placeholder":       {func(m *sdk.Manifest) { m.Guide[0].Text = "{acs}" }, "{acs} is no placeholder"},
		"hint without a label":      {func(m *sdk.Manifest) { m.AttributeHints[0].Label = "" }, "attribute_hints[0]:"},
		"hint for an unknown field": {func(m *sdk.Manifest) { m.AttributeHints[0].For = "shoe_size" }, `"shoe_size" is none of`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := valid()
			c.spoil(&m)
			require.ErrorContains(t, m.Check(), c.want)
		})
	}
}
