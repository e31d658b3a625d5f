package saml

// Namespaces (SAML Core 1.2, SAML Metadata 1.1, XML Signature 1.1).
const (
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsMetadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	nsSignature = "http://www.w3.org/2000/09/xmldsig#"
)

// Identifiers (SAML Core 3.2.2.2 and 8.3.6, SAML Profiles 3.3).
const (
	version20     = "2.0"
	statusPrefix  = "urn:oasis:names:tc:SAML:2.0:status:"
	statusSuccess = statusPrefix + "Success"
	formatEntity  = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
	methodBearer  = "urn:oasis:names:tc:SAML:2.0:cm:bearer" // #nosec G101 -- a name, not a credential
)
