package main

import "github.com/idplug/idplug/sdk"

// Provider is Acme. It has no fields, for a plugin keeps no state: the host may ask the same thing twice, from many goroutines at once.
type Provider struct{}

var (
	_ sdk.Provider    = Provider{}
	_ sdk.Provisioner = Provider{}
)

// Manifest says who the plugin is and what administrators need to know of the provider.
func (Provider) Manifest() sdk.Manifest {
	return sdk.Manifest{
		Key:     "acme", // the end of the binary's name: idplug-provider-acme
		Name:    "Acme",
		Version: "0.1.0",
		Vendor:  "Acme",
		Capabilities: sdk.Capabilities{
			MetadataURL: true,  // metadata is published at an address that opens without signing in
			JIT:         true,  // users may be created at their first login
			ForceAuthn:  false, // the provider asks for the password again when a request says so
		},
		MetadataHelp:   metadataHelp,
		Guide:          guide(),
		AttributeHints: hints(),
	}
}

const metadataHelp = "In the Acme console, open the application and copy its metadata URL."

// guide is shown beside the settings, with the words in braces filled in. Write what an administrator clicks, as your console calls it.
func guide() []sdk.GuideStep {
	return []sdk.GuideStep{
		{
			Title: "Create the application",
			Text:  "In the Acme console, create a SAML 2.0 application. Assertion consumer service (ACS) URL: {acs_url}. Entity ID: {entity_id}.",
		},
		{
			Title: "Send attributes",
			Text:  "Send these attributes with every sign-in: email, firstName, lastName, groups.",
		},
		{
			Title: "Copy the metadata URL",
			Text:  "Copy the application's metadata URL and paste it here. Then assign people to the application and try {login_url}.",
		},
	}
}

// hints are offered where an administrator enters a mapping.
func hints() []sdk.AttributeHint {
	return []sdk.AttributeHint{
		{Name: "email", Label: "E-mail", For: sdk.FieldEmail, Example: "ada@example.com"},
		{Name: "firstName", Label: "First name", For: sdk.FieldGivenName, Example: "Ada"},
		{Name: "lastName", Label: "Last name", For: sdk.FieldFamilyName, Example: "Lovelace"},
		{Name: "groups", Label: "Groups", For: sdk.FieldGroups, Example: "support"},
	}
}
