package devidp

import (
	"errors"
	"net/http"

	"github.com/crewjam/saml"
)

// logout answers a LogoutRequest of a service provider: it must be signed, it ends the browser's session here, and the signed
// LogoutResponse goes to the address in the service provider's metadata. Other service providers are not told.
func (s *Server) logout(w http.ResponseWriter, r *http.Request, p *provider, idp *saml.IdentityProvider) {
	if p.dialect.LogoutPath == "" {
		s.fail(w, r, http.StatusBadRequest, p.dialect.Title+" has no single logout", errors.New("the metadata names no SingleLogoutService"))
		return
	}
	request, err := saml.NewIdpLogoutRequest(idp, r)
	if err == nil {
		err = request.Validate()
	}
	if err != nil {
		s.fail(w, r, http.StatusBadRequest, "The logout request is not acceptable", err)
		return
	}
	s.close(r, p)
	// The library's form carries an inline script and writes the page itself, so the strict policy of our own pages stays away.
	if err := request.WriteLogoutResponse(w, request.MakeLogoutResponse(saml.StatusSuccess)); err != nil {
		s.fail(w, r, http.StatusInternalServerError, "The logout response cannot be written", err)
	}
}
