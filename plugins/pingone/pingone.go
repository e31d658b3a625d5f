// Package pingone adapts Ping Identity's providers: PingOne in every region and on custom domains, PingOne for Enterprise before it, and PingFederate.
// It knows package sdk only; its binary and its tests enter here.
package pingone

import "github.com/idplug/idplug/sdk"

// Provider is PingOne.
type Provider struct{}

// Manifest describes the plugin to administrators. ForceAuthn is not claimed: Ping does not document what PingOne makes of it, and the host checks
// each answer anyway.
func (Provider) Manifest() sdk.Manifest {
	return sdk.Manifest{
		Key:            "pingone",
		Name:           "PingOne",
		Version:        "1.0.0",
		Vendor:         "The idplug authors",
		Homepage:       "https://github.com/idplug/idplug",
		Capabilities:   sdk.Capabilities{MetadataURL: true, JIT: true},
		MetadataHelp:   metadataHelp,
		Guide:          guide(),
		AttributeHints: hints(),
	}
}

const metadataHelp = "In the PingOne admin console, open the application under Applications > Applications, and on its Configuration tab copy the IDP Metadata URL. " +
	"It looks like https://auth.pingone.com/…/saml20/metadata/… (.eu, .ca, .asia, .com.au or .sg in other regions) and opens without signing in."

func guide() []sdk.GuideStep {
	return []sdk.GuideStep{
		{
			Title: "Create the application",
			Text:  "In the PingOne admin console, go to Applications > Applications and click +. Enter a name, choose SAML Application and click Configure.",
		},
		{
			Title: "Enter our addresses",
			Text: "Choose Manually Enter. ACS URLs: {acs_url}. Entity ID: {entity_id}. Click Save. " +
				"Or choose Import From URL and enter {metadata_url}.",
		},
		{
			Title: "Check how answers are signed",
			Text: "On the Configuration tab: choose Sign Assertion, or Sign Assertion & Response, with an RSA or EC key. Subject NameID Format: emailAddress or persistent, not transient. " +
				"If you tick Enforce Signed AuthnRequest, import {metadata_url} for our certificate and set Sign requests to always here: PingOne's metadata does not tell that it wants signatures.",
		},
		{
			Title: "Map attributes",
			Text: "On the Attribute Mappings tab, beside saml_subject = User ID, add: id = User ID, email = Email Address, firstName = Given Name, lastName = Family Name, groups = Group Names. " +
				"Without them PingOne sends saml_subject alone, and nobody can be found or created by e-mail.",
		},
		{
			Title: "Give access",
			Text:  "On the Access tab, choose the groups whose people may sign in. No group means everybody in the environment.",
		},
		{
			Title: "Switch the application on",
			Text:  "Set the switch at the top of the application to on; a new application is off.",
		},
		{
			Title: "Copy the IDP Metadata URL",
			Text: "On the Configuration tab, copy IDP Metadata URL and paste it here as Fetch metadata from URL. Then try {login_url}. " +
				"PingOne's signing certificate lives one year: note the date.",
		},
	}
}

func hints() []sdk.AttributeHint {
	return []sdk.AttributeHint{
		{Name: "id", Label: "User ID", For: sdk.FieldSubject, Example: "9d2c1a7e-0b4f-4c58-8f6d-3f0d1e575a3e"},
		{Name: "email", Label: "Email Address", For: sdk.FieldEmail, Example: "ada@example.com"},
		{Name: "firstName", Label: "Given Name", For: sdk.FieldGivenName, Example: "Ada"},
		{Name: "lastName", Label: "Family Name", For: sdk.FieldFamilyName, Example: "Lovelace"},
		{Name: "displayName", Label: "Formatted name", For: sdk.FieldDisplayName, Example: "Ada Lovelace"},
		{Name: "groups", Label: "Group Names", For: sdk.FieldGroups, Example: "Support"},
	}
}
