package jumpcloud

import "github.com/idplug/idplug/sdk"

const copyURL = "On the application's SSO tab, click Copy Metadata URL; or click Export Metadata and paste the file."

// What can be wrong with the address; the field is the one it was entered in.
var (
	signOnURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "jumpcloud.idp_url",
		Summary: "This is the application's IDP URL, to which people are sent; its metadata is elsewhere.",
		Fix:     copyURL,
	}
	apiURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "jumpcloud.api_url",
		Summary: "This is the address of JumpCloud's API, which answers with an API key only.",
		Fix:     copyURL,
	}
	portalURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "jumpcloud.user_portal",
		Summary: "This is the JumpCloud User Portal, which signs people in; it is not the address of metadata.",
		Fix:     copyURL,
	}
	consoleURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "jumpcloud.console_page",
		Summary: "This is a page of the JumpCloud Admin Portal, which asks for a sign-in.",
		Fix:     copyURL,
	}
)

// What can be odd in the document.
var (
	plainName = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: sdk.FieldMetadataXML, Code: "jumpcloud.entity_id_text",
		Summary: "The IdP Entity ID is a plain name and not an address. That works; people are remembered under it.",
		Fix:     "Nothing to do, as long as the IdP Entity ID on the application's SSO tab stays as it is.",
	}
	weakKey = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: sdk.FieldMetadataXML, Code: "jumpcloud.weak_key",
		Summary: "The IdP certificate holds a key shorter than 2048 bits, which will not be accepted.",
		Fix: "On the application's SSO tab, regenerate the IdP certificate, or upload an IdP private key and certificate of 2048 bits or more, " +
			"and save here again at once: until then people cannot sign in.",
	}
)

// What can be missing in an assertion.
var (
	nothingMapped = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail), Code: "jumpcloud.nothing_mapped",
		Summary: "The assertion holds no attributes, as JumpCloud sends it while none are mapped, and the NameID is no e-mail address.",
		Fix: "On the application's SSO tab, under User Attribute Mapping, add email = email, firstName = firstname, lastName = lastname; " +
			"under Group Attributes, tick include group attribute.",
	}
	noEmail = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail), Code: "jumpcloud.email_missing",
		Summary: "The assertion holds no e-mail address.",
		Fix:     "On the application's SSO tab, add email = email under User Attribute Mapping, or set SAMLSubject NameID to email.",
	}
	noSubject = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldSubject), Code: "jumpcloud.subject_missing",
		Summary: "The NameID is transient, and the assertion holds no lasting identifier of the person.",
		Fix: "On the application's SSO tab, set SAMLSubject NameID Format to emailAddress or persistent; " +
			"or map an attribute that never changes, such as id = employeeIdentifier.",
	}
	noGroups = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: string(sdk.FieldGroups), Code: "jumpcloud.groups_missing",
		Summary: "The assertion holds no groups: the person is in none that is bound to the application, or the application sends none.",
		Fix:     "To map groups, tick include group attribute under Group Attributes on the application's SSO tab.",
	}
)
