package azure

import "github.com/idplug/idplug/sdk"

const copyURL = "In the Microsoft Entra admin center, open the enterprise application, then Single sign-on > SAML Certificates, and copy the App Federation Metadata Url."

// What can be wrong with the address; the field is the one it was entered in.
var (
	loginURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "azure.login_url",
		Summary: "This is the Login URL or Logout URL, to which people are sent; the metadata is elsewhere.",
		Fix:     copyURL,
	}
	identifier = sdk.Problem{
		Severity: sdk.SeverityError, Code: "azure.identifier",
		Summary: "This is the Microsoft Entra Identifier, a name and not an address: nothing is published there.",
		Fix:     copyURL,
	}
	userAccessURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "azure.user_access_url",
		Summary: "This is the User access URL or a page of My Apps, which signs people in; it is not the address of metadata.",
		Fix:     copyURL,
	}
	portalURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "azure.portal_page",
		Summary: "This is a page of the Microsoft Entra admin center or the Azure portal, which asks for a sign-in.",
		Fix:     copyURL,
	}
	openID = sdk.Problem{
		Severity: sdk.SeverityError, Code: "azure.openid_url",
		Summary: "This is an address for OpenID Connect, not for SAML; it comes from App registrations > Endpoints.",
		Fix:     "SAML is set up under Enterprise apps. " + copyURL,
	}
	graphURL = sdk.Problem{
		Severity: sdk.SeverityError, Code: "azure.graph_url",
		Summary: "This is the address of Microsoft Graph, which answers with an access token only.",
		Fix:     copyURL,
	}
)

// What can be odd in the document.
var (
	allTenants = sdk.Problem{
		Severity: sdk.SeverityError, Field: sdk.FieldMetadataXML, Code: "azure.all_tenants",
		Summary: "This is Microsoft's document for all tenants: its entity ID has a placeholder where your tenant's ID belongs, and no answer will ever carry that name.",
		Fix:     "The address has your tenant's ID in the place of common or organizations. " + copyURL,
	}
	wholeTenant = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: sdk.FieldMetadataXML, Code: "azure.tenant_metadata",
		Summary: "This seems to be the metadata of the whole tenant, which lacks the key that Microsoft made for your application: its sign-ins will be refused.",
		Fix:     "The right address ends in ?appid= and the Application ID. " + copyURL,
	}
	weakKey = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: sdk.FieldMetadataXML, Code: "azure.weak_key",
		Summary: "A signing key is of a kind that will not be accepted, RSA with less than 2048 bits among them.",
		Fix: "In the Microsoft Entra admin center, open the enterprise application, then Single sign-on > SAML Certificates > Edit > New Certificate, save here again, " +
			"and then choose Make certificate active.",
	}
)

// What can be missing in an assertion.
var (
	noEmail = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail), Code: "azure.email_missing",
		Summary: "The assertion holds no e-mail address: the claim emailaddress was removed, or the person's Email is empty in Microsoft Entra ID.",
		Fix:     "Fill in Email under Users > the person > Properties > Contact information; or add the claim emailaddress = user.mail under Single sign-on > Attributes & Claims.",
	}
	noGuestEmail = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail), Code: "azure.guest_email_missing",
		Summary: "The person is a guest of the tenant without an Email. The user principal name of a guest (#EXT#) is no address that anybody reads.",
		Fix:     "Fill in Email under Users > the guest > Properties > Contact information, and keep the claim emailaddress = user.mail.",
	}
	principalName = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: string(sdk.FieldEmail), Code: "azure.email_from_upn",
		Summary: "The claim emailaddress is missing or empty; the user principal name was taken as the e-mail address.",
		Fix:     "If that is not the address, fill in Email under Users > the person > Properties > Contact information.",
	}
	noSubject = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldSubject), Code: "azure.subject_missing",
		Summary: "The NameID is transient, and the assertion holds no objectidentifier.",
		Fix:     "Under Single sign-on > Attributes & Claims, edit Unique User Identifier (Name ID) and choose user.objectid with the format Persistent.",
	}
	tooManyGroups = sdk.Problem{
		Severity: sdk.SeverityWarning, Field: string(sdk.FieldGroups), Code: "azure.groups_overage",
		Summary: "The person is in more than 150 groups, so Microsoft left them all out and sent a link instead. Nothing follows from it: the person's roles stay as they are.",
		Fix:     "Under Single sign-on > Attributes & Claims, edit the group claim and choose Groups assigned to the application, or filter the groups under Advanced options.",
	}
	noGroups = sdk.Problem{
		Severity: sdk.SeverityInfo, Field: string(sdk.FieldGroups), Code: "azure.groups_missing",
		Summary: "The assertion holds no groups: the application sends none, or the person is in none of those that it sends.",
		Fix: "To map groups, choose Add a group claim > Groups assigned to the application under Single sign-on > Attributes & Claims. " +
			"A group that is inside an assigned group does not count.",
	}
)
