package okta

import "github.com/idplug/idplug/sdk"

// problem is what can be the matter with an Okta application, apart from how bad it is and where it shows.
type problem struct{ code, summary, fix string }

func (p problem) as(severity sdk.Severity, field string) sdk.Problem {
	return sdk.Problem{Severity: severity, Field: field, Code: "okta." + p.code, Summary: p.summary, Fix: p.fix}
}

const copyURL = "Copy the Metadata URL from the application's Sign On tab, under SAML 2.0 > Metadata details."

// What can be wrong with the address; a fix that is missing here depends on the address.
var (
	apiURL = problem{
		code:    "api_url",
		summary: "This is the address of Okta's API, which answers with an API token only.",
		fix:     copyURL,
	}
	embedURL = problem{
		code:    "embed_link",
		summary: "This is the application's embed link, which signs people in; it is not the address of its metadata.",
		fix:     copyURL,
	}
	ssoURL = problem{
		code:    "sso_url",
		summary: "This is the application's sign-on address, to which people are sent; its metadata is elsewhere.",
	}
	issuerURL = problem{
		code:    "issuer",
		summary: "This is the application's issuer (entity ID), a name and not an address: nothing is published there.",
		fix:     copyURL,
	}
	consoleHost = problem{
		code:    "admin_host",
		summary: "This address belongs to the Okta Admin Console, which asks for a sign-in.",
	}
	consoleURL = problem{
		code:    "console_page",
		summary: "This is a page of the Okta Admin Console.",
		fix:     copyURL,
	}
)

// What can be odd in the document.
var (
	unknownProduct = problem{
		code:    "other_provider",
		summary: "This metadata does not look like Okta's.",
		fix:     "If it is another provider's, choose that provider. If it is Okta's: " + copyURL,
	}
	customIssuer = problem{
		code:    "custom_issuer",
		summary: "The application has a SAML Issuer ID of its own instead of Okta's http://www.okta.com/exk….",
		fix:     "Nothing to do, as long as no other application uses the same SAML Issuer ID.",
	}
	oldCertificate = problem{
		code: "sha1_certificate",
		summary: "The application still has a certificate signed with SHA-1, as Okta made them for whole organisations; " +
			"whoever holds that key can speak for every application that shares it.",
		fix: "On the Sign On tab, under SAML Signing Certificates, click Generate new certificate, then Actions > Activate, and save here again at once: " +
			"until then people cannot sign in.",
	}
	weakKey = problem{
		code:    "weak_key",
		summary: "The application's signing key is shorter than 2048 bits and will not be accepted.",
		fix:     "On the Sign On tab, under SAML Signing Certificates, click Generate new certificate, then Actions > Activate, and save here again.",
	}
)

// What can be missing in an assertion.
var (
	noEmail = problem{
		code:    "email_missing",
		summary: "The assertion holds no e-mail address.",
		fix: "In Okta, on the application's General tab, edit SAML Settings and add the attribute statement email = user.email; " +
			"or set Name ID format to EmailAddress and Application username to Email.",
	}
	noSubject = problem{
		code:    "subject_missing",
		summary: "The NameID is transient, and the assertion holds no lasting identifier of the person.",
		fix: "In Okta, on the application's General tab, edit SAML Settings and set Name ID format to EmailAddress or Persistent; " +
			"or add the attribute statement id = user.id.",
	}
	noGroups = problem{
		code:    "groups_missing",
		summary: "The assertion holds no group attribute: none of the person's groups passes the filter, or the application sends no groups.",
		fix:     "To map groups, edit SAML Settings on the application's General tab and add a Group Attribute Statement named groups.",
	}
)
