// Package saml adapts every identity provider that has no plugin of its own: Keycloak, Shibboleth, SimpleSAMLphp, Auth0, authentik and whatever speaks
// SAML 2.0 Web Browser SSO. It knows common names of attributes and common mistakes. It is written as any vendor would write a plugin and knows package
// sdk only; its binary and its tests enter here.
package saml

import "github.com/idplug/idplug/sdk"

// Provider is any SAML 2.0 identity provider.
type Provider struct{}

// Manifest describes the plugin to administrators.
func (Provider) Manifest() sdk.Manifest {
	return sdk.Manifest{
		Key:            "saml",
		Name:           "Other SAML 2.0 provider",
		Version:        "1.0.0",
		Vendor:         "The idplug authors",
		Homepage:       "https://github.com/idplug/idplug",
		Capabilities:   sdk.Capabilities{MetadataURL: true},
		MetadataHelp:   metadataHelp,
		Guide:          guide(),
		AttributeHints: hints(),
	}
}

const metadataHelp = "Look for “IdP metadata”, “SAML metadata” or “federation metadata” where the provider shows the application. If it has an address that opens " +
	"without signing in, enter that; otherwise download the XML and paste it."

func guide() []sdk.GuideStep {
	return []sdk.GuideStep{
		{
			Title: "Create an application",
			Text: "At your identity provider, create an application for SAML 2.0; it may be called a client, a connector, a service provider or a relying party. " +
				"If it can import metadata, give it {metadata_url} and skip the next step.",
		},
		{
			Title: "Enter our two addresses",
			Text: "ACS URL, also called Assertion Consumer Service, Single sign-on URL, Reply URL, Recipient, Destination or Callback: {acs_url}, with the binding HTTP-POST. " +
				"Entity ID, also called Audience, Identifier, Client ID or Issuer of the service provider: {entity_id}. Both count letter by letter.",
		},
		{
			Title: "Choose the NameID",
			Text: "The NameID says who somebody is. Choose something that stays with a person: a persistent identifier or the e-mail address. " +
				"Not transient: that is another one at every sign-in.",
		},
		{
			Title: "Sign",
			Text:  "Sign the assertion, the response, or both, with SHA-256 or better. SHA-1 is refused.",
		},
		{
			Title: "Send attributes",
			Text: "Send email, firstName, lastName and groups, every group as a value of its own. " +
				"The names of LDAP and of claims (mail, givenName, sn, urn:oid:…, http://schemas.xmlsoap.org/…) are understood as well.",
		},
		{
			Title: "Bring the provider's metadata",
			Text:  "Find the provider's metadata, enter its address here as Fetch metadata from URL, or download the XML and paste it.",
		},
		{
			Title: "Give access and try",
			Text:  "Assign the people or groups who may sign in, if your provider wants that. Then try {login_url}.",
		},
	}
}

func hints() []sdk.AttributeHint {
	return []sdk.AttributeHint{
		{Name: "id", Label: "An identifier that never changes", For: sdk.FieldSubject, Example: "7f1c2a90-4d0e-4b6e-9d7e-3f5a1c2b3d4e"},
		{Name: "email", Label: "E-mail address", For: sdk.FieldEmail, Example: "ada@example.com"},
		{Name: oidMail, Label: "E-mail address (LDAP mail)", For: sdk.FieldEmail, Example: "ada@example.com"},
		{Name: "firstName", Label: "First name", For: sdk.FieldGivenName, Example: "Ada"},
		{Name: "lastName", Label: "Last name", For: sdk.FieldFamilyName, Example: "Lovelace"},
		{Name: "displayName", Label: "Display name", For: sdk.FieldDisplayName, Example: "Ada Lovelace"},
		{Name: "groups", Label: "Groups", For: sdk.FieldGroups, Example: "Support"},
		{Name: "Role", Label: "Roles", For: sdk.FieldGroups, Example: "support-agent"},
	}
}
