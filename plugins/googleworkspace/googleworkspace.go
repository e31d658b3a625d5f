// Package googleworkspace adapts Google Workspace and Cloud Identity: custom SAML apps, whose metadata is a file to download. It knows package sdk only;
// its binary and its tests enter here.
package googleworkspace

import "github.com/idplug/idplug/sdk"

// Provider is Google Workspace.
type Provider struct{}

// Manifest describes the plugin to administrators. Google publishes metadata at no address. Profiles are read to find a known user at the first
// login; creating users at that moment is not offered. ForceAuthn is not claimed: Google does not document it.
func (Provider) Manifest() sdk.Manifest {
	return sdk.Manifest{
		Key:            "google-workspace",
		Name:           "Google Workspace",
		Version:        "1.0.0",
		Vendor:         "The idplug authors",
		Homepage:       "https://github.com/idplug/idplug",
		Capabilities:   sdk.Capabilities{},
		MetadataHelp:   metadataHelp,
		Guide:          guide(),
		AttributeHints: hints(),
	}
}

const (
	download = "Download the XML from the Google Admin console under Apps > Web and mobile apps > the app > Download metadata, and paste it as Metadata."

	metadataHelp = "Google Workspace has no metadata URL; the Entity ID and the SSO URL on accounts.google.com are not one. " + download
)

func guide() []sdk.GuideStep {
	return []sdk.GuideStep{
		{
			Title: "Add a custom SAML app",
			Text:  "In the Google Admin console, go to Apps > Web and mobile apps > Add app > Add custom SAML app. Enter an app name and click Continue.",
		},
		{
			Title: "Download the metadata",
			Text:  "On the page Google Identity Provider details, click Download Metadata and keep the file GoogleIDPMetadata.xml. Click Continue.",
		},
		{
			Title: "Enter service provider details",
			Text: "ACS URL: {acs_url}. Entity ID: {entity_id}, exactly as it stands here, upper and lower case included. Name ID format: EMAIL. " +
				"Name ID: Basic Information > Primary email. Signed response may be ticked or not. Click Continue.",
		},
		{
			Title: "Map attributes",
			Text: "Google Directory attributes and App attributes: Primary email = email, First name = firstName, Last name = lastName. " +
				"Group membership: add the groups that should be sent, at most 75, with the App attribute groups. Click Finish.",
		},
		{
			Title: "Turn the app on",
			Text: "Under User access, choose ON for everyone, or ON for the organisational units or groups whose people may sign in, and click Save. " +
				"Google takes some minutes, at times up to 24 hours, to spread a change.",
		},
		{
			Title: "Paste the metadata",
			Text:  "Open GoogleIDPMetadata.xml in a text editor, copy everything and paste it here as Metadata. Then try {login_url}.",
		},
	}
}

func hints() []sdk.AttributeHint {
	return []sdk.AttributeHint{
		{Name: "email", Label: "Primary email", For: sdk.FieldEmail, Example: "ada@example.com"},
		{Name: "firstName", Label: "First name", For: sdk.FieldGivenName, Example: "Ada"},
		{Name: "lastName", Label: "Last name", For: sdk.FieldFamilyName, Example: "Lovelace"},
		{Name: "groups", Label: "Group membership", For: sdk.FieldGroups, Example: "Support"},
	}
}
