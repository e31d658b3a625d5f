package adfs

import "github.com/idplug/idplug/sdk"

const enterURL = "Enter https://<federation service name>" + metadataPath + ", or open it in a browser and paste the XML."

// What can be wrong with the address; the field is the one it was entered in, and a fix that is missing here depends on the address.
var (
	signInURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "adfs.sign_in_url",
		Summary: "This is the address of AD FS to which people are sent to sign in; its metadata is elsewhere on the same server.",
	}
	identifier = sdk.Problem{
		Severity: sdk.SeverityError, Code: "adfs.identifier",
		Summary: "This is the Federation Service identifier or an address of a web service of AD FS; its metadata is elsewhere on the same server.",
	}
	openID = sdk.Problem{
		Severity: sdk.SeverityError, Code: "adfs.openid_url",
		Summary: "This is an address for OpenID Connect, not for SAML.",
	}
	cloudURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "adfs.entra_url",
		Summary: "This address belongs to Microsoft Entra ID, Microsoft's cloud, and not to an AD FS server of your own.",
		Fix:     "If your people sign in with Microsoft 365, choose Microsoft Entra ID (Azure) as the provider. If not: " + enterURL,
	}
	unreachable = sdk.Problem{
		Severity: sdk.SeverityError, Code: "adfs.unreachable",
		Summary: "The address has the right form, but no metadata came from it: the server may be reachable from your own network only, or its proxy asks for a sign-in.",
		Fix: "Open the address in a browser inside your network and paste the XML here; paste it again when the token-signing certificate changes. " +
			"To have it fetched, publish " + metadataPath + " through the Web Application Proxy.",
	}
)

// What can be odd in the document.
var (
	noSAML = sdk.Problem{
		Severity: sdk.SeverityError, Field: sdk.FieldMetadataXML, Code: "adfs.no_saml",
		Summary: "This is federation metadata without SAML 2.0: it describes WS-Federation and WS-Trust only.",
		Fix:     "In AD FS Management, under Service > Endpoints, enable /adfs/ls/ (SAML 2.0/WS-Federation), restart the AD FS service, and try again.",
	}
	rollover = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: sdk.FieldMetadataXML, Code: "adfs.certificate_rollover",
		Summary: "The document holds two token-signing certificates: AD FS is about to change the one it signs with, or has just done so. Both are accepted.",
		Fix:     "Nothing to do now. Save again when the old certificate has gone from Service > Certificates.",
	}
	oneYear = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: sdk.FieldMetadataXML, Code: "adfs.certificate_year",
		Fix: "Save here between those two days, when the document holds both certificates: nobody is locked out. " +
			"Get-AdfsCertificate -CertificateType Token-Signing shows whether there is a second one.",
	}
	weakKey = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: sdk.FieldMetadataXML, Code: "adfs.weak_key",
		Summary: "A token-signing key is of a kind that will not be accepted, RSA with less than 2048 bits among them.",
		Fix:     "In AD FS Management, under Service > Certificates, add a token-signing certificate with RSA 2048 or more, save here again, and then choose Set as Primary.",
	}
)

// What can be missing in an assertion.
var (
	noEmail = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail), Code: "adfs.email_missing",
		Summary: "The assertion holds no e-mail address: no rule sends one, or the person's E-mail is empty in Active Directory.",
		Fix: "Under Edit Claim Issuance Policy, add the rule Send LDAP Attributes as Claims with E-Mail-Addresses = E-Mail Address; " +
			"and fill in E-mail on the General tab of the person in Active Directory Users and Computers.",
	}
	internalName = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail), Code: "adfs.internal_upn",
		Summary: "The assertion holds no e-mail address but a user principal name of a domain that exists inside your network only, such as .local.",
		Fix:     "Under Edit Claim Issuance Policy, add the rule Send LDAP Attributes as Claims with E-Mail-Addresses = E-Mail Address.",
	}
	principalName = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: string(sdk.FieldEmail), Code: "adfs.email_from_upn",
		Summary: "No E-Mail Address claim came; the user principal name was taken as the e-mail address.",
		Fix:     "If that is not the address, add the rule Send LDAP Attributes as Claims with E-Mail-Addresses = E-Mail Address.",
	}
	noSubject = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldSubject), Code: "adfs.subject_missing",
		Summary: "The Name ID is transient, and the assertion holds no lasting identifier of the person.",
		Fix: "Under Edit Claim Issuance Policy, change the rule for Name ID to the format Email or Persistent Identifier; " +
			"or add a rule Pass Through or Filter an Incoming Claim for Primary SID.",
	}
	groupSIDs = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: string(sdk.FieldGroups), Code: "adfs.group_sids",
		Summary: "Groups come as security identifiers (S-1-5-21-…), so a mapping has to name those.",
		Fix:     "To map groups by name, add the rule Send LDAP Attributes as Claims with Token-Groups - Unqualified Names = Group.",
	}
	noGroups = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: string(sdk.FieldGroups), Code: "adfs.groups_missing",
		Summary: "The assertion holds no groups: no rule sends them.",
		Fix:     "To map groups, add the rule Send LDAP Attributes as Claims with Token-Groups - Unqualified Names = Group.",
	}
)
