// Package onelogin adapts OneLogin: applications of the SAML Custom Connector and of the older SAML Test Connectors. It is written as any vendor would
// write a plugin and knows package sdk only; its binary and its tests enter here.
package onelogin

import "github.com/idplug/idplug/sdk"

// Provider is OneLogin.
type Provider struct{}

// Manifest describes the plugin to administrators.
func (Provider) Manifest() sdk.Manifest {
	return sdk.Manifest{
		Key:            "onelogin",
		Name:           "OneLogin",
		Version:        "1.0.0",
		Vendor:         "The idplug authors",
		Homepage:       "https://github.com/idplug/idplug",
		Capabilities:   sdk.Capabilities{MetadataURL: true},
		MetadataHelp:   metadataHelp,
		Guide:          guide(),
		AttributeHints: hints(),
	}
}

const metadataHelp = "In the OneLogin administration, open the application, then SSO, and copy the Issuer URL: at OneLogin it is the address of the metadata too. " +
	"It looks like https://app.onelogin.com/saml/metadata/… and opens without signing in."

func guide() []sdk.GuideStep {
	return []sdk.GuideStep{
		{
			Title: "Add the application",
			Text:  "In the OneLogin administration, go to Applications > Applications > Add App, search for SAML Custom Connector (Advanced), choose it, enter a name and click Save.",
		},
		{
			Title: "Configure SAML",
			Text: "On the Configuration tab: Audience (EntityID): {entity_id}. Recipient and ACS (Consumer) URL: {acs_url}. ACS (Consumer) URL Validator: the same address between " +
				"^ and $, with a backslash before each dot. Login URL: {login_url}. SAML initiator: Service Provider. SAML nameID format: Email. " +
				"SAML signature element: Assertion or Both.",
		},
		{
			Title: "Send e-mail and names",
			Text: "On the Parameters tab, add a field for each with +: email = Email, firstName = First Name, lastName = Last Name. " +
				"Tick Include in SAML assertion every time; without it the field stays at OneLogin.",
		},
		{
			Title: "Send groups",
			Text: "Add the field memberOf, tick Include in SAML assertion and Multi-value parameter, click Save, and choose User Roles " +
				"(or MemberOf, the groups of a directory) with Semicolon Delimited input (Multi-value output).",
		},
		{
			Title: "Sign with SHA-256",
			Text:  "On the SSO tab, set SAML Signature Algorithm to SHA-256. Older applications have SHA-1 there, and answers signed with that are refused.",
		},
		{
			Title: "Copy the Issuer URL",
			Text:  "On the SSO tab, copy the Issuer URL and paste it here as Fetch metadata from URL. Or choose More Actions > SAML Metadata and paste the file.",
		},
		{
			Title: "Give access",
			Text:  "On the Access tab, choose the roles whose people may sign in, and click Save. Then try {login_url}.",
		},
	}
}

func hints() []sdk.AttributeHint {
	return []sdk.AttributeHint{
		{Name: "id", Label: "OneLogin ID", For: sdk.FieldSubject, Example: "104385722"},
		{Name: "email", Label: "Email", For: sdk.FieldEmail, Example: "ada@example.com"},
		{Name: "firstName", Label: "First Name", For: sdk.FieldGivenName, Example: "Ada"},
		{Name: "lastName", Label: "Last Name", For: sdk.FieldFamilyName, Example: "Lovelace"},
		{Name: "name", Label: "Name", For: sdk.FieldDisplayName, Example: "Ada Lovelace"},
		{Name: "memberOf", Label: "User Roles or MemberOf", For: sdk.FieldGroups, Example: "Support"},
	}
}
