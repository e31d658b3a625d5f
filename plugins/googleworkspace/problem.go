package googleworkspace

import "github.com/idplug/idplug/sdk"

// What an address can be; the field is the one it was entered in.
var (
	noURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "google-workspace.no_url",
		Summary: "Google Workspace publishes metadata at no address.",
		Fix:     download,
	}
	entityID = sdk.Problem{
		Severity: sdk.SeverityError, Code: "google-workspace.entity_id",
		Summary: "This is the Entity ID, a name and not an address: nothing is published there.",
		Fix:     download,
	}
	ssoURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "google-workspace.sso_url",
		Summary: "This is the SSO URL, to which people are sent; Google publishes metadata at no address.",
		Fix:     download,
	}
	appURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "google-workspace.app_url",
		Summary: "This is the link of the app's tile, which signs people in; Google publishes metadata at no address.",
		Fix:     download,
	}
	consoleURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "google-workspace.console_page",
		Summary: "This is a page of the Google Admin console, which asks for a sign-in.",
		Fix:     download,
	}
)

// What can be odd in the document.
var (
	noAccount = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: sdk.FieldMetadataXML, Code: "google-workspace.no_idpid",
		Summary: "The entity ID names no Google account: it should end in ?idpid=C and more. The file seems to have been edited.",
		Fix:     download,
	}
	weakKey = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: sdk.FieldMetadataXML, Code: "google-workspace.weak_key",
		Summary: "A signing key is of a kind that will not be accepted, RSA with less than 2048 bits among them; Google does not make such keys.",
		Fix:     download,
	}
	endOfFile = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: sdk.FieldMetadataXML, Code: "google-workspace.valid_until",
		Fix: "Before that day, in the Google Admin console under Security > Authentication > SSO with SAML applications, add a second certificate and download the metadata; " +
			"paste it here first, and then choose the new certificate in the app's Service provider details.",
	}
)

// What can be missing in an assertion.
var (
	noEmail = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail), Code: "google-workspace.email_missing",
		Summary: "The assertion holds no e-mail address.",
		Fix: "In the Google Admin console, open the app's SAML attribute mapping and add Primary email = email; " +
			"or set Name ID to Basic Information > Primary email in Service provider details.",
	}
	noSubject = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldSubject), Code: "google-workspace.subject_missing",
		Summary: "The NameID is transient, and the assertion holds no lasting identifier of the person.",
		Fix:     "In the Google Admin console, open the app's Service provider details and set Name ID format to EMAIL.",
	}
	emptyName = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: string(sdk.FieldDisplayName), Code: "google-workspace.empty_value",
		Summary: "First or last name is mapped, but came without a value.",
		Fix:     "Look whether the person's field is filled in under Directory > Users; Google sends a mapped field that is empty as an empty value.",
	}
	noGroups = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: string(sdk.FieldGroups), Code: "google-workspace.groups_missing",
		Summary: "The assertion holds no groups: the person is in none of the groups that the app sends.",
		Fix: "In the Google Admin console, open the app's SAML attribute mapping and add groups under Group membership, with the App attribute groups. " +
			"A group that was renamed has to be entered again.",
	}
)
