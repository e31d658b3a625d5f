// Package azure adapts Microsoft Entra ID, formerly Azure Active Directory: enterprise applications with SAML in the worldwide, US government and
// China clouds. It knows package sdk only; its binary and its tests enter here.
package azure

import "github.com/idplug/idplug/sdk"

// Provider is Microsoft Entra ID.
type Provider struct{}

// Manifest describes the plugin to administrators. Profiles are read to find a known user at the first login; creating users at that moment is not
// offered.
func (Provider) Manifest() sdk.Manifest {
	return sdk.Manifest{
		Key:      "azure",
		Name:     "Microsoft Entra ID (Azure)",
		Version:  "1.0.0",
		Vendor:   "The idplug authors",
		Homepage: "https://github.com/idplug/idplug",
		Capabilities: sdk.Capabilities{
			MetadataURL: true,
			ForceAuthn:  true, // https://learn.microsoft.com/entra/identity-platform/single-sign-on-saml-protocol
		},
		MetadataHelp:   metadataHelp,
		Guide:          guide(),
		AttributeHints: hints(),
	}
}

const metadataHelp = "In the Microsoft Entra admin center, open the enterprise application, then Single sign-on > SAML Certificates, and copy the App Federation Metadata Url. " +
	"It looks like https://login.microsoftonline.com/…/federationmetadata/2007-06/federationmetadata.xml?appid=… and opens without signing in."

func guide() []sdk.GuideStep {
	return []sdk.GuideStep{
		{
			Title: "Create the application",
			Text: "In the Microsoft Entra admin center, go to Enterprise apps > New application > Create your own application. Enter a name, choose " +
				"“Integrate any other application you don't find in the gallery (Non-gallery)” and click Create.",
		},
		{
			Title: "Choose SAML",
			Text:  "Open Single sign-on and choose SAML.",
		},
		{
			Title: "Basic SAML Configuration",
			Text: "Click Edit. Identifier (Entity ID): {entity_id}. Reply URL (Assertion Consumer Service URL): {acs_url}. Click Save. " +
				"When asked to test, choose No, I'll test later: the test starts at Microsoft.",
		},
		{
			Title: "Attributes & Claims",
			Text: "Keep the claims that are there. Edit Unique User Identifier (Name ID) and choose the source attribute user.objectid with the format Persistent: " +
				"the user principal name that stands there changes with a marriage and may be given to somebody else.",
		},
		{
			Title: "Add a group claim",
			Text: "Still under Attributes & Claims, click Add a group claim and choose Groups assigned to the application. " +
				"With All groups, Microsoft leaves the groups out for people who are in more than 150. Groups come as Object IDs, which is what mappings then compare; " +
				"Cloud-only group display names can be chosen under Source attribute.",
		},
		{
			Title: "Copy the App Federation Metadata Url",
			Text: "Under SAML Certificates, copy App Federation Metadata Url and paste it here as Fetch metadata from URL. " +
				"If you tick Require verification certificates there, set Sign requests to always here and upload the certificate from {metadata_url}.",
		},
		{
			Title: "Assign people",
			Text:  "Under Users and groups, click Add user/group and choose who may sign in. Then try {login_url}.",
		},
	}
}

func hints() []sdk.AttributeHint {
	return []sdk.AttributeHint{
		{Name: claimObjectID, Label: "objectidentifier", For: sdk.FieldSubject, Example: "74a35d48-0000-4000-8000-1b8a01449f3d"},
		{Name: claimEmail, Label: "emailaddress (user.mail)", For: sdk.FieldEmail, Example: "ada@example.com"},
		{Name: claimGivenName, Label: "givenname (user.givenname)", For: sdk.FieldGivenName, Example: "Ada"},
		{Name: claimSurname, Label: "surname (user.surname)", For: sdk.FieldFamilyName, Example: "Lovelace"},
		{Name: claimDisplayName, Label: "displayname", For: sdk.FieldDisplayName, Example: "Ada Lovelace"},
		{Name: claimGroups, Label: "groups (Object IDs, unless changed)", For: sdk.FieldGroups, Example: "0de1d000-0000-4000-8000-0d15ea5e0005"},
		{Name: claimRole, Label: "role (app roles, or groups emitted as roles)", For: sdk.FieldGroups, Example: "Support"},
	}
}
