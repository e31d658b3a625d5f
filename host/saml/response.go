package saml

import (
	"context"
	"slices"
	"time"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

// response is one response on the road of verification. Each step reads only what the steps before it have made fit to be read.
type response struct {
	message
	steps        []sso.Step
	inResponseTo string // since the envelope; not verified

	assertion              signedxml.Node // since the structure; of an encrypted one what was inside, since the decryption
	outer, inner           signedxml.Signature
	outerSigned, hasInner  bool
	requestID              string
	subject                signedxml.Node // since the reading, like all below
	out                    sso.Assertion
	confirmedUntil, endsAt time.Time // the subject's confirmation and the conditions end, skew included
}

// manySteps is room for every step of a login.
const manySteps = 16

// Open decodes a response as far as it can be read without trust: form, gate and envelope. The Response it returns lists its steps even where
// there is an error.
func (s *Service) Open(_ context.Context, t login.Target, encoded string) (login.Response, error) {
	r := &response{message: s.message(t), steps: make([]sso.Step, 0, manySteps)}
	return r, r.open(encoded)
}

func (r *response) open(encoded string) error {
	doc, refused := decodeForm(encoded)
	if err := r.step("form", refused); err != nil {
		return err
	}
	parsed, err := signedxml.Parse(doc, signedxml.DefaultLimits())
	if err != nil {
		return r.step("gate", unreadable(err))
	}
	r.root = parsed.Root()
	r.pass("gate")
	return r.step("envelope", r.envelope())
}

// InResponseTo is the request that the response claims to answer, "" for none.
func (r *response) InResponseTo() string { return r.inResponseTo }

// Steps lists the checks done so far. It has no room for more: whoever appends to it gets a copy.
func (r *response) Steps() []sso.Step { return slices.Clip(r.steps) }

// Verify does the rest of the road, one step after the other, and stops at the first that refuses.
func (r *response) Verify(ctx context.Context, e login.Expectation) (sso.Assertion, error) {
	r.requestID = e.RequestID
	if err := r.step("structure", r.structure()); err != nil {
		return sso.Assertion{}, err
	}
	for _, next := range r.road(ctx) {
		if err := r.step(next.name, next.judge()); err != nil {
			return sso.Assertion{}, err
		}
	}
	r.out.NotOnOrAfter = r.usableUntil()
	return r.out, nil
}

// check is a step of the road.
type check struct {
	name  string
	judge func() *refusal
}

// road lists the checks of a response whose structure is sound. Signatures in the clear are verified before anything is decrypted: what a private
// key is used on then was made by the provider.
func (r *response) road(ctx context.Context) []check {
	road := make([]check, 0, manySteps)
	if r.outerSigned || !r.encrypted() {
		road = append(road, check{"signature", r.signature})
	}
	if r.encrypted() {
		road = append(road, check{"decrypt", func() *refusal { return r.decrypt(ctx) }})
	}
	return append(road,
		check{"assertion", r.readAssertion},
		check{"subject", r.readSubject},
		check{"confirmation", r.confirmation},
		check{"conditions", r.conditions},
		check{"authentication", r.authentication},
		check{"attributes", r.attributes},
	)
}

// usableUntil is the last moment at which the same assertion could still pass: whatever ends first of confirmation, conditions and freshness.
func (r *response) usableUntil() time.Time {
	issued, _ := r.assertion.Attr("IssueInstant")
	at, _ := parseTime(issued) // was read before
	return earlier(earlier(r.confirmedUntil, r.endsAt), at.Add(login.FlowTTL+r.service.ClockSkew))
}

func (r *response) pass(name string) { r.steps = append(r.steps, sso.Step{Name: name}) }

// step notes the outcome of a check and turns a refusal into an error.
func (r *response) step(name string, refused *refusal) error {
	if refused == nil {
		r.pass(name)
		return nil
	}
	r.steps = append(r.steps, sso.Step{Name: name, Code: refused.code, Expected: refused.expected, Got: refused.got})
	return sso.Refuse("saml."+name, refused.code, refused.params...).Because(refused.cause)
}
