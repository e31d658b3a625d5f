package okta

import "github.com/idplug/idplug/sdk"

const copyURL = "Copy the Metadata URL from the application's Sign On tab, under SAML 2.0 > Metadata details."

// What can be wrong with the address; a fix that is missing here depends on the address.
var (
	apiURL = sdk.Problem{
		Severity: sdk.SeverityError,
		Code:     "okta.api_url",
		Summary:  "This is the address of Okta's API, which answers with an API token only.",
		Fix:      copyURL,
	}
	embedURL = sdk.Problem{
		Severity: sdk.SeverityError,
		Code:     "okta.embed_link",
		Summary:  "This is the application's embed link, which signs people in; it is not the address of its metadata.",
		Fix:      copyURL,
	}
	ssoURL = sdk.Problem{
		Severity: sdk.SeverityError,
		Code:     "okta.sso_url",
		Summary:  "This is the application's sign-on address, to which people are sent; its metadata is elsewhere.",
	}
	issuerURL = sdk.Problem{
		Severity: sdk.SeverityError,
		Code:     "okta.issuer",
		Summary:  "This is the application's issuer (entity ID), a name and not an address: nothing is published there.",
		Fix:      copyURL,
	}
	consoleHost = sdk.Problem{
		Severity: sdk.SeverityError,
		Code:     "okta.admin_host",
		Summary:  "This address belongs to the Okta Admin Console, which asks for a sign-in.",
	}
	consoleURL = sdk.Problem{
		Severity: sdk.SeverityError,
		Code:     "okta.console_page",
		Summary:  "This is a page of the Okta Admin Console.",
		Fix:      copyURL,
	}
)

// What can be odd in the document.
var (
	customIssuer = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: sdk.FieldMetadataXML,
		Code:    "okta.custom_issuer",
		Summary: "The application has a SAML Issuer ID of its own instead of Okta's http://www.okta.com/exk….",
		Fix:     "Nothing to do, as long as no other application uses the same SAML Issuer ID.",
	}
	oldCertificate = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: sdk.FieldMetadataXML,
		Code: "okta.sha1_certificate",
		Summary: "The application still has a certificate signed with SHA-1, as Okta made them for whole organisations; " +
			"whoever holds that key can speak for every application that shares it.",
		Fix: "On the Sign On tab, under SAML Signing Certificates, click Generate new certificate, then Actions > Activate, and save here again at once: " +
			"until then people cannot sign in.",
	}
	weakKey = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: sdk.FieldMetadataXML,
		Code:    "okta.weak_key",
		Summary: "The application's signing key is shorter than 2048 bits and will not be accepted.",
		Fix:     "On the Sign On tab, under SAML Signing Certificates, click Generate new certificate, then Actions > Activate, and save here again.",
	}
)

// What can be missing in an assertion.
var (
	noEmail = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail),
		Code:    "okta.email_missing",
		Summary: "The assertion holds no e-mail address.",
		Fix: "In Okta, on the application's General tab, edit SAML Settings and add the attribute statement email = user.email; " +
			"or set Name ID format to EmailAddress and Application username to Email.",
	}
	noSubject = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldSubject),
		Code:    "okta.subject_missing",
		Summary: "The NameID is transient, and the assertion holds no lasting identifier of the person.",
		Fix: "In Okta, on the application's General tab, edit SAML Settings and set Name ID format to EmailAddress or Persistent; " +
			"or add the attribute statement id = user.id.",
	}
	noGroups = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: string(sdk.FieldGroups),
		Code:    "okta.groups_missing",
		Summary: "The assertion holds no group attribute: none of the person's groups passes the filter, or the application sends no groups.",
		Fix:     "To map groups, edit SAML Settings on the application's General tab and add a Group Attribute Statement named groups.",
	}
)
