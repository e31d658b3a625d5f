package sso

// ServiceProvider are a tenant's addresses that the provider's console asks for. They exist before anything is configured.
type ServiceProvider struct {
	EntityID    string
	ACSURL      string
	SLOURL      string
	MetadataURL string // equal to EntityID
	LoginURL    string
}

// NewServiceProvider builds the addresses from the public origin (no slash at its end), never from anything in a request.
func NewServiceProvider(origin string, t TenantID) ServiceProvider {
	saml := origin + "/saml/" + string(t)
	return ServiceProvider{
		EntityID:    saml + "/metadata",
		ACSURL:      saml + "/acs",
		SLOURL:      saml + "/slo",
		MetadataURL: saml + "/metadata",
		LoginURL:    origin + "/login/" + string(t),
	}
}
