package saml

import (
	"crypto"
	"crypto/x509"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

// signature verifies every signature there is in the clear against the connection's keys, all of them, since a provider renews its key when it likes.
// Its certificate's dates do not matter: the key is trusted because it is in the metadata. One good signature covers the assertion; a bad one beside
// it still refuses, because somebody changed what a provider made.
func (r *response) signature() *refusal {
	if r.outerSigned {
		if _, err := r.outer.Verify(r.keys(), r.policy()); err != nil {
			return unreadable(err)
		}
	}
	if !r.hasInner {
		return nil
	}
	return r.verifyInner(r.inner)
}

// verifyInner verifies the assertion's own signature.
func (r *response) verifyInner(s signedxml.Signature) *refusal {
	_, err := s.Verify(r.keys(), r.policy())
	if err == nil {
		return nil
	}
	refused := unreadable(err)
	if r.outerSigned && refused.code != sso.SigWeakAlg {
		refused.code = sso.SigInnerInvalid
	}
	return refused
}

func publicKey(der []byte) (crypto.PublicKey, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return cert.PublicKey, nil
}
