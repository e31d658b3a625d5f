// Package adfs adapts Active Directory Federation Services, from AD FS 2.0 to that of today's Windows Server, by way of a relying party trust. It is
// written as any vendor would write a plugin and knows package sdk only; its binary and its tests enter here.
package adfs

import "github.com/idplug/idplug/sdk"

// Provider is AD FS.
type Provider struct{}

// Manifest describes the plugin to administrators.
func (Provider) Manifest() sdk.Manifest {
	return sdk.Manifest{
		Key:      "adfs",
		Name:     "AD FS",
		Version:  "1.0.0",
		Vendor:   "The idplug authors",
		Homepage: "https://github.com/idplug/idplug",
		Capabilities: sdk.Capabilities{
			MetadataURL: true,
			ForceAuthn:  true, // a new sign-in, though inside the domain the Windows session may answer for the person
		},
		MetadataHelp:   metadataHelp,
		Guide:          guide(),
		AttributeHints: hints(),
	}
}

const metadataHelp = "The address is https://<federation service name>" + metadataPath + " and opens without signing in; AD FS Management shows its path under " +
	"Service > Endpoints > Metadata. Where only your own network reaches it, open it there in a browser and paste the XML."

func guide() []sdk.GuideStep {
	return []sdk.GuideStep{
		{
			Title: "Add a relying party trust",
			Text: "In AD FS Management, right-click Relying Party Trusts and choose Add Relying Party Trust, Claims aware, Start. Choose “Import data about the relying " +
				"party published online or on a local network” and enter {metadata_url}. If AD FS cannot reach that address, save the page as a file and choose “Import data " +
				"about the relying party from a file”.",
		},
		{
			Title: "Or enter the data manually",
			Text: "Leave out the encryption certificate. Tick “Enable support for the SAML 2.0 WebSSO protocol” and enter {acs_url}. " +
				"Relying party trust identifier: {entity_id}.",
		},
		{
			Title: "Choose who may sign in",
			Text:  "On Choose Access Control Policy, Permit everyone, or Permit specific group. Finish with “Configure claims issuance policy for this application” ticked.",
		},
		{
			Title: "Send e-mail, names and groups",
			Text: "Edit Claim Issuance Policy > Add Rule > Send LDAP Attributes as Claims, attribute store Active Directory: E-Mail-Addresses = E-Mail Address, " +
				"Given-Name = Given Name, Surname = Surname, Token-Groups - Unqualified Names = Group. Every group counts, Domain Users among them: " +
				"a mapping of Domain Users is a mapping of everybody.",
		},
		{
			Title: "Send a Name ID",
			Text: "Add Rule > Transform an Incoming Claim: E-Mail Address, outgoing claim type Name ID, outgoing name ID format Email, Pass through all claim values. " +
				"Put it below the first rule. Without it AD FS sends no Name ID, and every sign-in is refused.",
		},
		{
			Title: "Enter the federation metadata",
			Text: "Enter https://<federation service name>" + metadataPath + " here as Fetch metadata from URL; the federation service name stands in " +
				"AD FS > Edit Federation Service Properties. If the server cannot be reached from outside, open the address in your network and paste the XML.",
		},
		{
			Title: "Try it",
			Text:  "Open {login_url}. What AD FS itself refuses is explained in its event log: Event Viewer > Applications and Services Logs > AD FS > Admin.",
		},
	}
}

func hints() []sdk.AttributeHint {
	return []sdk.AttributeHint{
		{Name: claimPrimarySID, Label: "Primary SID", For: sdk.FieldSubject, Example: "S-1-5-21-1004336348-1177238915-682003330-1105"},
		{Name: claimEmail, Label: "E-Mail Address", For: sdk.FieldEmail, Example: "ada@example.com"},
		{Name: claimGivenName, Label: "Given Name", For: sdk.FieldGivenName, Example: "Ada"},
		{Name: claimSurname, Label: "Surname", For: sdk.FieldFamilyName, Example: "Lovelace"},
		{Name: claimCommonName, Label: "Common Name", For: sdk.FieldDisplayName, Example: "Ada Lovelace"},
		{Name: claimGroup, Label: "Group", For: sdk.FieldGroups, Example: "Support"},
		{Name: claimRole, Label: "Role", For: sdk.FieldGroups, Example: "Support"},
		{Name: claimGroupSID, Label: "Group SID", For: sdk.FieldGroups, Example: "S-1-5-21-1004336348-1177238915-682003330-1117"},
	}
}
