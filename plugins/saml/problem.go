package saml

import "github.com/idplug/idplug/sdk"

// What can be wrong with the address or with what it brought; the field is the one it was entered in.
var (
	// otherPlace gets its summary from the address, and a better fix where the right address can be told.
	otherPlace = sdk.Problem{
		Severity: sdk.SeverityError, Code: "saml.other_address",
		Fix: "Find the SAML metadata of the identity provider in its console; the address has to open without signing in.",
	}
	openIDDocument = sdk.Problem{
		Severity: sdk.SeverityError, Field: sdk.FieldMetadataXML, Code: "saml.openid_connect",
		Summary: "This is the configuration of OpenID Connect, another way to sign in; SAML has metadata in XML.",
		Fix:     "Create the application at the provider as one for SAML 2.0, and use the metadata that the provider shows there.",
	}
	serviceProvider = sdk.Problem{
		Severity: sdk.SeverityError, Field: sdk.FieldMetadataXML, Code: "saml.service_provider",
		Summary: "This is metadata of a service provider, perhaps our own, which the identity provider needs. Here belongs the metadata of the identity provider.",
		Fix:     "Find “IdP metadata” or “SAML metadata” where the identity provider shows the application.",
	}
	otherRoles = sdk.Problem{
		Severity: sdk.SeverityError, Field: sdk.FieldMetadataXML, Code: "saml.other_roles",
		Summary: "This metadata names no SAML 2.0 identity provider: it describes something else, such as WS-Federation, or the provider's SAML is turned off.",
		Fix:     "Switch SAML 2.0 on at the provider, or find the metadata of its SAML application.",
	}
	response = sdk.Problem{
		Severity: sdk.SeverityError, Field: sdk.FieldMetadataXML, Code: "saml.response",
		Summary: "This is the answer to a sign-in and no metadata.",
		Fix:     "Find “IdP metadata” or “SAML metadata” where the identity provider shows the application. Do not pass the answer on: it speaks for a person.",
	}
)

// What can be odd in the document.
var (
	// knownProvider gets its words from the product.
	knownProvider = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: sdk.FieldMetadataXML, Code: "saml.known_provider",
	}
	onlyTransient = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: sdk.FieldMetadataXML, Code: "saml.only_transient",
		Summary: "The provider offers transient NameIDs only: another one at every sign-in, by which nobody is recognised.",
		Fix: "Have the provider send a persistent NameID or the e-mail address, " +
			"or an attribute that never changes and has one value: id, subject-id, pairwise-id, eduPersonUniqueId, entryUUID or objectGUID.",
	}
)

// What can be missing in an assertion.
var (
	nothingSent = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail), Code: "saml.nothing_sent",
		Summary: "The assertion holds no attributes, and the NameID is no e-mail address.",
		Fix:     "At the provider, have the application send the attributes email, firstName, lastName and groups; or let the NameID be the e-mail address.",
	}
	// noEmail gets its summary from what came.
	noEmail = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail), Code: "saml.email_missing",
		Fix: "At the provider, send the e-mail address as an attribute called email (or mail, or " + oidMail + "); or let the NameID be the e-mail address.",
	}
	noSubject = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldSubject), Code: "saml.subject_missing",
		Summary: "The NameID is transient, another one at every sign-in, and no attribute is known to stay with a person.",
		Fix: "At the provider, choose a persistent NameID or the e-mail address; " +
			"or send an attribute that never changes as id. A user name will not do: it may be given to somebody else one day.",
	}
	groupsJoined = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: string(sdk.FieldGroups), Code: "saml.groups_joined",
		Summary: "The groups came as one value joined by semicolons, and were taken apart.",
		Fix:     "Nothing to do, unless a group's name holds a semicolon: then have the provider send each group as a value of its own.",
	}
	groupsInOne = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: string(sdk.FieldGroups), Code: "saml.groups_in_one_value",
		Summary: "One value for groups came, and it holds a comma: a name with a comma, or a list. It was taken as one name.",
		Fix:     "If it is a list, have the provider send each group as a value of its own; a mapping of a single group matches only then.",
	}
	noGroups = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: string(sdk.FieldGroups), Code: "saml.groups_missing",
		Summary: "The assertion holds no groups under a name that is known for them.",
		Fix:     "To map groups, have the provider send an attribute called groups. A mapping works on any attribute, by the name it has.",
	}
)
