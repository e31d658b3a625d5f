// Package okta adapts Okta: applications of the SAML 2.0 integration wizard, and templates that look like them, in every Okta cell and on custom
// domains. It is written as any vendor would write a plugin and knows package sdk only; its binary and its tests enter here.
package okta

import (
	"github.com/idplug/idplug/sdk"
)

// Provider is Okta.
type Provider struct{}

// Manifest describes the plugin to administrators.
func (Provider) Manifest() sdk.Manifest {
	return sdk.Manifest{
		Key:      "okta",
		Name:     "Okta",
		Version:  "1.0.0",
		Vendor:   "The idplug authors",
		Homepage: "https://github.com/idplug/idplug",
		Capabilities: sdk.Capabilities{
			MetadataURL: true,
			JIT:         true,
			ForceAuthn:  true, // an app's "Honor Force Authentication", which is on unless somebody turned it off
		},
		MetadataHelp:   metadataHelp,
		Guide:          guide(),
		AttributeHints: hints(),
	}
}

const metadataHelp = "In the Okta Admin Console, open the application, then Sign On > SAML 2.0 > Metadata details, and copy the Metadata URL. " +
	"It looks like https://your-org.okta.com/app/exk…/sso/saml/metadata and opens without signing in."

func guide() []sdk.GuideStep {
	return []sdk.GuideStep{
		{
			Title: "Create the application",
			Text:  "In the Okta Admin Console, go to Applications > Applications > Create App Integration, choose SAML 2.0 and click Next. Enter a name and click Next.",
		},
		{
			Title: "Configure SAML",
			Text: "Single sign-on URL: {acs_url} — leave “Use this for Recipient URL and Destination URL” ticked. Audience URI (SP Entity ID): {entity_id}. " +
				"Name ID format: EmailAddress. Application username: Email.",
		},
		{
			Title: "Leave reauthentication to us",
			Text:  "Under Show Advanced Settings, keep Honor Force Authentication at Yes; Force users to reauthenticate depends on it.",
		},
		{
			Title: "Add attribute statements",
			Text:  "Name and value: id = user.id, email = user.email, firstName = user.firstName, lastName = user.lastName. Name format: Unspecified.",
		},
		{
			Title: "Add a group attribute statement",
			Text: "Name: groups. Filter: for example Starts with, and the prefix of the groups you want to map. " +
				"Matches regex .* sends every group, the built-in Everyone among them: a mapping of Everyone is a mapping of everybody.",
		},
		{
			Title: "Finish",
			Text:  "Click Next, choose “This is an internal app that we have created” and click Finish.",
		},
		{
			Title: "Copy the Metadata URL",
			Text:  "On the Sign On tab, under SAML 2.0 > Metadata details, copy the Metadata URL and paste it here as Fetch metadata from URL.",
		},
		{
			Title: "Assign people",
			Text:  "On the Assignments tab, click Assign and choose the people or groups who may sign in. Then try {login_url}.",
		},
	}
}

func hints() []sdk.AttributeHint {
	return []sdk.AttributeHint{
		{Name: "id", Label: "User ID (user.id)", For: sdk.FieldSubject, Example: "00u1a2b3c4D5e6F7g8h9"},
		{Name: "email", Label: "Primary email (user.email)", For: sdk.FieldEmail, Example: "ada@example.com"},
		{Name: "firstName", Label: "First name (user.firstName)", For: sdk.FieldGivenName, Example: "Ada"},
		{Name: "lastName", Label: "Last name (user.lastName)", For: sdk.FieldFamilyName, Example: "Lovelace"},
		{Name: "displayName", Label: "Display name (user.displayName)", For: sdk.FieldDisplayName, Example: "Ada Lovelace"},
		{Name: "groups", Label: "Group attribute statement", For: sdk.FieldGroups, Example: "Support"},
	}
}
