package saml

import (
	"context"
	"strconv"
	"strings"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/host/saml/xmlenc"
)

func (r *response) encrypted() bool { return r.assertion.Local() == "EncryptedAssertion" }

// decrypt opens an encrypted assertion; what was inside then stands for it. Anybody can encrypt for us, so encryption proves nothing: either the
// Response is signed, which was verified before, or the assertion inside is.
//
// Where only the inside is signed, an attacker may change the ciphertext of somebody's message and watch what becomes of it. So there everything
// from the private key to the signature is one check with one answer, and about the same work whatever fails.
func (r *response) decrypt(ctx context.Context) *refusal {
	sealed, err := xmlenc.Read(r.assertion, r.sp.EntityID)
	if err != nil {
		return no(sso.EncFailed, "AES under RSA-OAEP", err.Error())
	}
	if declared := r.assertion.Declared(); !r.outerSigned && declared > maxDeclared {
		return no(sso.EncFailed, "namespace declarations of "+strconv.Itoa(maxDeclared)+" bytes at most around it", strconv.Itoa(declared)+" bytes")
	}
	keys, err := r.service.decryptionKeys(ctx, r.target.Tenant.ID)
	if err != nil {
		return &refusal{code: sso.Internal, cause: err}
	}
	plain, opened := sealed.Open(keys)
	inside, sound := r.content(plain) // read whatever the padding is
	if sound = sound && opened; !sound {
		inside = decoy(sealed.Len())
	}
	var unproven *refusal
	if inside.signed || !sound {
		unproven = r.verifyInner(inside.signature)
	}
	switch {
	case !sound:
		return no(sso.EncFailed, readable, "")
	case unproven != nil && !r.outerSigned:
		return no(sso.EncFailed, readable, "")
	case unproven != nil:
		return unproven
	}
	r.assertion = inside.assertion
	return nil
}

// maxDeclared bounds, in bytes, the declarations around what is decrypted and not yet proven: they are read with it, are whoever's who changed the message,
// and many of them would make it plain whether reading got as far. Serializers that hoist everything to the root need about 600.
const maxDeclared = 1 << 10

// readable is all that a trace says of an assertion that was not.
const readable = "an assertion encrypted for a key of ours, whole, and signed"

// content is an assertion that was encrypted.
type content struct {
	assertion signedxml.Node
	signature signedxml.Signature
	signed    bool
}

// content reads what was decrypted as an assertion in the place where it was, with no other in it, and a signature only where the profile puts it.
func (r *response) content(plain []byte) (content, bool) {
	var c content
	var err error
	if c.assertion, err = signedxml.ParseWithin(r.assertion, plain, signedxml.DefaultLimits()); err != nil || !c.assertion.Is(nsAssertion, "Assertion") {
		return content{}, false
	}
	for n := range c.assertion.Descendants() {
		switch n.Local() {
		case "Assertion", "EncryptedAssertion":
			return content{}, false
		case "Signature":
			if n.Parent() != c.assertion {
				return content{}, false
			}
		}
	}
	c.signature, c.signed, err = c.assertion.Signature()
	return c, err == nil && (c.signed || r.outerSigned)
}

// decoy is a signed assertion of about that many bytes whose signature does not verify: it is verified in the place of what cannot be, so that a
// refusal costs the same whether padding, text or signature is wrong. It changes its prefixes' meaning nowhere and is never read.
func decoy(size int) content {
	const (
		begin = `<Assertion xmlns="` + nsAssertion + `" ID="_d"><Signature xmlns="` + nsSignature + `"><SignedInfo>` +
			`<CanonicalizationMethod Algorithm="` + string(signedxml.ExclusiveC14N) + `"/><SignatureMethod Algorithm="` + rsaSHA256 + `"/>` +
			`<Reference URI="#_d"><Transforms><Transform Algorithm="` + nsSignature + `enveloped-signature"/>` +
			`<Transform Algorithm="` + string(signedxml.ExclusiveC14N) + `"/></Transforms>` +
			`<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue>AAAA</DigestValue></Reference></SignedInfo>` +
			`<SignatureValue>AAAA</SignatureValue></Signature><Advice>`
		end = `</Advice></Assertion>`
	)
	text := begin + strings.Repeat("x", max(0, size-len(begin)-len(end))) + end
	d, err := signedxml.Parse([]byte(text), signedxml.DefaultLimits())
	if err != nil {
		return content{}
	}
	c := content{assertion: d.Root()}
	c.signature, c.signed, _ = d.Root().Signature() // sound as it stands
	return c
}
