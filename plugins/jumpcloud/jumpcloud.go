// Package jumpcloud adapts JumpCloud: custom SAML applications and connectors that look like them. It is written as any vendor would write a plugin and
// knows package sdk only; its binary and its tests enter here.
package jumpcloud

import "github.com/idplug/idplug/sdk"

// Provider is JumpCloud.
type Provider struct{}

// Manifest describes the plugin to administrators.
func (Provider) Manifest() sdk.Manifest {
	return sdk.Manifest{
		Key:            "jumpcloud",
		Name:           "JumpCloud",
		Version:        "1.0.0",
		Vendor:         "The idplug authors",
		Homepage:       "https://github.com/idplug/idplug",
		Capabilities:   sdk.Capabilities{MetadataURL: true},
		MetadataHelp:   metadataHelp,
		Guide:          guide(),
		AttributeHints: hints(),
	}
}

const metadataHelp = "In the JumpCloud Admin Portal, open the application under SSO Applications, then the SSO tab, and click Copy Metadata URL; " +
	"or click Export Metadata and paste the file."

func guide() []sdk.GuideStep {
	return []sdk.GuideStep{
		{
			Title: "Add the application",
			Text: "In the JumpCloud Admin Portal, go to SSO Applications > Add New Application > Custom Application, choose Configure SSO with SAML, " +
				"enter a display label, click Save Application and then Configure Application.",
		},
		{
			Title: "Configure SAML",
			Text: "On the SSO tab: IdP Entity ID: a name of your choice, for example JumpCloud, which must stay as it is from then on. SP Entity ID: {entity_id}. " +
				"ACS URL: {acs_url}. SAMLSubject NameID: email. SAMLSubject NameID Format: urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress. " +
				"Signature Algorithm: RSA-SHA256. Sign: Assertion. Login URL: {login_url}.",
		},
		{
			Title: "Declare the redirect endpoint",
			Text:  "Tick Declare Redirect Endpoint. Without it people are sent to JumpCloud by a form, which works too.",
		},
		{
			Title: "Map attributes",
			Text: "JumpCloud sends nothing that is not entered here. Under User Attribute Mapping, add email = email, firstName = firstname, lastName = lastname. " +
				"Under Group Attributes, tick include group attribute and keep the name memberOf: it sends every group that is bound to this application.",
		},
		{
			Title: "Bind groups",
			Text:  "On the User Groups tab, tick the groups whose people may sign in, and click Save.",
		},
		{
			Title: "Copy the Metadata URL",
			Text:  "On the SSO tab, click Copy Metadata URL and paste it here as Fetch metadata from URL; or click Export Metadata and paste the file. Then try {login_url}.",
		},
	}
}

func hints() []sdk.AttributeHint {
	return []sdk.AttributeHint{
		{Name: "id", Label: "A constant of each person, for example employeeIdentifier", For: sdk.FieldSubject, Example: "E-10342"},
		{Name: "email", Label: "email", For: sdk.FieldEmail, Example: "ada@example.com"},
		{Name: "firstName", Label: "firstname", For: sdk.FieldGivenName, Example: "Ada"},
		{Name: "lastName", Label: "lastname", For: sdk.FieldFamilyName, Example: "Lovelace"},
		{Name: "displayName", Label: "displayname", For: sdk.FieldDisplayName, Example: "Ada Lovelace"},
		{Name: "memberOf", Label: "include group attribute", For: sdk.FieldGroups, Example: "Support"},
	}
}
