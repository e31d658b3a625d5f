package devidp

import (
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/beevik/etree"
)

const (
	azureTenant  = "0de1d000-5a3e-4f00-8d0c-0d15ea5e0003"
	nsFederation = "http://docs.oasis-open.org/wsfed/federation/200706"
	nsAddressing = "http://www.w3.org/2005/08/addressing"

	claimsWS     = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
	claimsMS     = "http://schemas.microsoft.com/identity/claims/"
	claimsGroups = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"
	claimsLink   = "http://schemas.microsoft.com/claims/groups.link"

	// maxAzureGroups is where Entra leaves the groups out of a SAML token and links to them instead.
	maxAzureGroups = 150
)

// Azure answers as an enterprise application of Microsoft Entra ID: the assertion alone is signed, without prefixes; claims have
// Microsoft's URIs; the NameID is the UPN (the login) called emailAddress; more than 150 groups become groups.link; the metadata
// is signed, starts with a byte order mark and has WS-Federation roles beside the SAML one. Groups are sent as the person has
// them: write object IDs to be exact.
func Azure() Dialect {
	return Dialect{
		Key: "azure", Title: "Microsoft Entra ID (Azure)",
		EntityID:     "https://sts.windows.net/" + azureTenant + "/",
		MetadataPath: "/" + azureTenant + "/federationmetadata/2007-06/federationmetadata.xml?appid=0de1d000-5a3e-4f00-8d0c-0d15ea5e0004",
		SSOPath:      "/" + azureTenant + "/saml2", LogoutPath: "/" + azureTenant + "/saml2",
		Subject:   pkix.Name{CommonName: "Microsoft Azure Federated SSO Certificate"},
		CertYears: 3, MaxKeys: 4,
		Sign:     SignAssertion,
		Style:    Style{Protocol: "samlp", AttributesFirst: true},
		Metadata: azureMetadata,
		Describe: describeAzure,
		Finish: func(r *Response) {
			for _, a := range r.Assertions {
				a.Authn.SessionIndex, a.Authn.ContextClass = a.ID, ContextPassword
				a.Conditions.NotOnOrAfter = r.IssueInstant.Add(time.Hour)
				for i := range a.Confirmations {
					a.Confirmations[i].NotOnOrAfter = a.Conditions.NotOnOrAfter
				}
			}
		},
	}
}

// describeAzure sends Entra's default claims whether or not an administrator added any, so Bare only leaves out the groups.
func describeAzure(p Person, ask Ask) (NameID, []Attribute, error) {
	name := NameID{Value: p.Login, Format: FormatEmailAddress}
	switch ask.NameIDFormat {
	case "", FormatEmailAddress, FormatUnspecified:
	case FormatPersistent:
		sum := sha256.Sum256([]byte("devidp pairwise " + p.UUID()))
		name = NameID{Value: base64.RawURLEncoding.EncodeToString(sum[:]), Format: FormatPersistent}
	case FormatTransient:
		name = NameID{Value: newID(), Format: FormatTransient}
	default:
		return NameID{}, nil, fmt.Errorf("NameIDPolicy format %q is not supported (AADSTS75016)", ask.NameIDFormat)
	}
	attributes := named(Attribute{},
		claimsMS+"tenantid", azureTenant, claimsMS+"objectidentifier", p.UUID(), claimsMS+"displayname", p.Name())
	if n := len(p.Groups); n > maxAzureGroups && !ask.Bare {
		link := "https://graph.windows.net/" + azureTenant + "/users/" + p.UUID() + "/getMemberObjects"
		attributes = append(attributes, Attribute{Name: claimsLink, Values: []string{link}})
	} else if n > 0 && !ask.Bare {
		attributes = append(attributes, Attribute{Name: claimsGroups, Values: p.Groups})
	}
	attributes = append(attributes, named(Attribute{},
		claimsMS+"identityprovider", "https://sts.windows.net/"+azureTenant+"/",
		"http://schemas.microsoft.com/claims/authnmethodsreferences", "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password",
		claimsWS+"givenname", p.FirstName, claimsWS+"surname", p.LastName, claimsWS+"emailaddress", p.Email, claimsWS+"name", p.Login)...)
	return name, attributes, nil
}

func azureMetadata(d Description) ([]byte, error) {
	w := newMetadataWriter("", "")
	entity := w.entity(d.EntityID)
	entity.CreateAttr("ID", newID())
	for _, kind := range []string{"fed:SecurityTokenServiceType", "fed:ApplicationServiceType"} {
		federationRole(w, entity, kind, strings.TrimSuffix(d.SSO, "saml2")+"wsfed", d)
	}
	role := w.provider(entity, "")
	w.keys(role, d.Certificates, true)
	w.endpoints(role, "SingleLogoutService", d.Logout, redirect)
	w.endpoints(role, "SingleSignOnService", d.SSO, redirect, post)
	if err := d.Signature.sign(entity, 0); err != nil {
		return nil, fmt.Errorf("sign metadata: %w", err)
	}
	out, err := document(entity, `version="1.0" encoding="utf-8"`)
	return append([]byte("\xef\xbb\xbf"), out...), err
}

// federationRole repeats the certificates in a role that a SAML service provider must skip; passive is where that role sends browsers.
func federationRole(w metadataWriter, entity *etree.Element, kind, passive string, d Description) {
	role := w.child(entity, nsMetadata, "RoleDescriptor")
	w.declare(role, nsInstance)
	w.declare(role, nsFederation)
	role.CreateAttr("xsi:type", kind)
	role.CreateAttr("protocolSupportEnumeration", nsFederation)
	w.keys(role, d.Certificates, true)
	endpoint := w.child(role, nsFederation, "PassiveRequestorEndpoint")
	reference := w.child(endpoint, nsAddressing, "EndpointReference")
	w.text(reference, nsAddressing, "Address", passive)
}
