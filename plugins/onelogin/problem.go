package onelogin

import "github.com/idplug/idplug/sdk"

const copyURL = "Copy the Issuer URL from the application's SSO tab, or choose More Actions > SAML Metadata and paste the file."

// What can be wrong with the address; the field is the one it was entered in, and a fix that is missing here depends on the address.
var (
	signOnURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "onelogin.sign_on_url",
		Summary: "This is the application's SAML 2.0 Endpoint or SLO Endpoint, to which people are sent; its metadata is elsewhere.",
	}
	noApplication = sdk.Problem{
		Severity: sdk.SeverityError, Code: "onelogin.no_application",
		Summary: "The address ends before the application's ID, and OneLogin has metadata of each application only.",
		Fix:     copyURL,
	}
	launchURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "onelogin.launch_url",
		Summary: "This is a link that opens the application from the OneLogin portal; it is not the address of its metadata.",
		Fix:     copyURL,
	}
	openID = sdk.Problem{
		Severity: sdk.SeverityError, Code: "onelogin.openid_url",
		Summary: "This is an address for OpenID Connect, not for SAML.",
		Fix:     "If the application was added as OpenId Connect (OIDC), add another one: SAML Custom Connector (Advanced). " + copyURL,
	}
	apiURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "onelogin.api_url",
		Summary: "This is the address of OneLogin's API, which answers with an access token only.",
		Fix:     copyURL,
	}
	consoleURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "onelogin.console_page",
		Summary: "This is a page of the OneLogin administration, which asks for a sign-in.",
		Fix:     copyURL,
	}
)

// What can be odd in the document.
var (
	oldCertificate = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: sdk.FieldMetadataXML, Code: "onelogin.sha1_certificate",
		Summary: "The certificate is from the years in which OneLogin's applications signed with SHA-1. Answers signed with SHA-1 are refused; the document does not tell whether yours are.",
		Fix:     "On the application's SSO tab, see that SAML Signature Algorithm is SHA-256 or better.",
	}
	weakKey = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: sdk.FieldMetadataXML, Code: "onelogin.weak_key",
		Summary: "The application's signing key is shorter than 2048 bits and will not be accepted.",
		Fix: "Create a certificate with 2048 bits or more under Security > Certificates, choose it on the application's SSO tab under X.509 Certificate > Change, " +
			"and save here again at once: until then people cannot sign in.",
	}
)

// What can be missing in an assertion.
var (
	noEmail = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail), Code: "onelogin.email_missing",
		Summary: "The assertion holds no e-mail address.",
		Fix: "On the application's Parameters tab, add the field email = Email and tick Include in SAML assertion; " +
			"or set SAML nameID format to Email on the Configuration tab.",
	}
	noSubject = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldSubject), Code: "onelogin.subject_missing",
		Summary: "The NameID is transient, and the assertion holds no lasting identifier of the person.",
		Fix: "On the application's Configuration tab, set SAML nameID format to Email or Persistent; " +
			"or add the field id = OneLogin ID on the Parameters tab and tick Include in SAML assertion.",
	}
	noGroups = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: string(sdk.FieldGroups), Code: "onelogin.groups_missing",
		Summary: "The assertion holds no groups: the person is in none, or the application sends none.",
		Fix: "To map groups, add the field memberOf on the application's Parameters tab with User Roles or MemberOf, " +
			"and tick Include in SAML assertion and Multi-value parameter.",
	}
)
