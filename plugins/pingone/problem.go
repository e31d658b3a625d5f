package pingone

import "github.com/idplug/idplug/sdk"

const (
	copyURL    = "Copy the IDP Metadata URL from the application's Configuration tab in PingOne."
	exportFile = "In PingFederate, open System > Protocol Metadata > Metadata Export, export the metadata of the identity provider for our SP connection, and paste it."
)

// What can be wrong with the address; the field is the one it was entered in, and a fix that is missing here depends on the address.
var (
	ssoURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "pingone.sso_url",
		Summary: "This is the environment's sign-on or sign-off service, to which people are sent; each application's metadata is elsewhere.",
		Fix:     copyURL,
	}
	startURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "pingone.initiate_url",
		Summary: "This is the application's Initiate Single Sign-On URL, which signs people in; it is not the address of its metadata.",
		Fix:     copyURL,
	}
	noApplication = sdk.Problem{
		Severity: sdk.SeverityError, Code: "pingone.no_application",
		Summary: "The address ends before the application's ID, and PingOne has metadata of each application only.",
		Fix:     copyURL,
	}
	openID = sdk.Problem{
		Severity: sdk.SeverityError, Code: "pingone.openid_url",
		Summary: "This is the OpenID Connect configuration of the environment, not SAML metadata.",
		Fix:     "If the application was created as OIDC Web App, create another one of the type SAML Application. " + copyURL,
	}
	issuerURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "pingone.issuer",
		Summary: "This is the Issuer ID, the name of the whole environment: nothing is published there.",
		Fix:     copyURL,
	}
	consoleURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "pingone.console_page",
		Summary: "This is a page of the PingOne admin console, which asks for a sign-in.",
		Fix:     copyURL,
	}
	apiURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "pingone.api_url",
		Summary: "This is the address of PingOne's API, which answers with an access token only.",
		Fix:     copyURL,
	}
	legacyURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "pingone.legacy_url",
		Summary: "This is the sign-on address or the issuer of PingOne for Enterprise, not the address of its metadata.",
		Fix: "In PingOne for Enterprise, open My Applications, expand the application and click Download beside SAML Metadata, then paste the file; " +
			"or use the address of that download, which begins with https://admin-api.pingone.com/latest/metadata/.",
	}
	serverURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "pingone.pingfederate_url",
		Summary: "This is a sign-on or sign-off address of PingFederate, to which people are sent; its metadata is elsewhere.",
	}
	serverConsole = sdk.Problem{
		Severity: sdk.SeverityError, Code: "pingone.pingfederate_console",
		Summary: "This is a page of PingFederate's administrative console, which asks for a sign-in.",
		Fix:     exportFile,
	}
)

// What can be odd in the document.
var (
	noSignOn = sdk.Problem{
		Severity: sdk.SeverityError, Field: sdk.FieldMetadataXML, Code: "pingone.no_sign_on",
		Summary: "The metadata has no single sign-on service. PingFederate exports such files when the connection has no browser SSO.",
		Fix:     "Enable SP-Initiated SSO under Browser SSO > SAML Profiles in the SP connection, with a Redirect or POST binding. " + exportFile,
	}
	pingFederate = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: sdk.FieldMetadataXML, Code: "pingone.pingfederate",
		Summary: "This is PingFederate's metadata. Groups that arrive joined by commas in one value are taken apart.",
		Fix:     "If a group's name holds a comma, send each group as a value of its own.",
	}
	legacy = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: sdk.FieldMetadataXML, Code: "pingone.legacy",
		Summary: "This is metadata of PingOne for Enterprise, Ping's earlier service. It works; the names in this guide are those of today's PingOne.",
	}
	weakKey = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: sdk.FieldMetadataXML, Code: "pingone.weak_key",
		Summary: "A signing key is of a kind that will not be accepted: RSA with less than 2048 bits, or an unusual curve.",
		Fix: "In PingOne, create a key pair for signing under Settings > Certificates & Key Pairs (RSA 2048 or more, or EC P-256, P-384 or P-521), " +
			"choose it as Signing Key on the application's Configuration tab, and save here again.",
	}
	oneYear = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: sdk.FieldMetadataXML, Code: "pingone.certificate_year",
		Fix: "Before that day, renew the key pair in PingOne under Settings > Certificates & Key Pairs, choose it as Signing Key on the application's Configuration tab, " +
			"and save here again at once: until then people cannot sign in.",
	}
)

// What can be missing in an assertion.
var (
	noEmail = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail), Code: "pingone.email_missing",
		Summary: "The assertion holds no e-mail address.",
		Fix:     "In PingOne, on the application's Attribute Mappings tab, add email = Email Address. In PingFederate, add email to the Attribute Contract of the SP connection.",
	}
	onlySubject = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail), Code: "pingone.only_subject",
		Summary: "The assertion holds saml_subject and nothing else, as PingOne sends it while no attributes are mapped: there is no e-mail address.",
		Fix:     "In PingOne, on the application's Attribute Mappings tab, add email = Email Address, firstName = Given Name, lastName = Family Name, groups = Group Names.",
	}
	noSubject = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldSubject), Code: "pingone.subject_missing",
		Summary: "The NameID is transient, and the assertion holds no lasting identifier of the person.",
		Fix:     "In PingOne, on the application's Attribute Mappings tab, add id = User ID; or set Subject NameID Format on the Configuration tab to persistent or emailAddress.",
	}
	noGroups = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: string(sdk.FieldGroups), Code: "pingone.groups_missing",
		Summary: "The assertion holds no groups: the person is in none, or the application sends none.",
		Fix:     "To map groups, add groups = Group Names on the application's Attribute Mappings tab.",
	}
)
