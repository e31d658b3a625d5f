package devidp

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// response is the dialect's answer about a person who signed in at the session's instant.
func (p *provider) response(person Person, current session, a ask, now time.Time) (*Response, error) {
	settings, key := p.current()
	name, attributes, err := p.dialect.Describe(person, Ask{NameIDFormat: a.format, Bare: settings.Bare})
	if err != nil {
		return nil, err
	}
	r := NewResponse(Answer{
		Issuer: p.dialect.EntityID, ACS: a.acs, Audience: a.entity.EntityID, InResponseTo: a.id,
		NameID: name, Attributes: person.merge(attributes, p.dialect.Like),
		SessionIndex: current.index, Now: now, AuthnInstant: current.instant,
	})
	p.shape(r)
	if settings.Sign != SignResponse {
		r.SignAssertion = p.signature(key)
	}
	if settings.Sign != SignAssertion {
		r.SignResponse = p.signature(key)
	}
	if settings.Encrypt {
		r.Encrypt, err = encryptionFor(a, settings.Cipher)
	}
	return r, err
}

// refusal is an answer without an assertion; the Response is signed, since nothing else is there to be.
func (p *provider) refusal(a ask, status Status, now time.Time) *Response {
	_, key := p.current()
	r := NewResponse(Answer{Issuer: p.dialect.EntityID, ACS: a.acs, InResponseTo: a.id, Now: now})
	r.Status, r.Assertions = status, nil
	p.shape(r)
	r.SignResponse = p.signature(key)
	return r
}

func (p *provider) shape(r *Response) {
	r.Style = p.dialect.Style
	if p.dialect.Finish != nil {
		p.dialect.Finish(r)
	}
}

func encryptionFor(a ask, cipher Cipher) (*Encryption, error) {
	all := encryptionCertificates(a.entity)
	if len(all) == 0 {
		return nil, fmt.Errorf("%q publishes no key to encrypt for", a.entity.EntityID)
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(all[0]), ""))
	if err != nil {
		return nil, fmt.Errorf("encryption certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("encryption certificate: %w", err)
	}
	return &Encryption{Certificate: certificate, Cipher: cipher}, nil
}
