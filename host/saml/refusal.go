package saml

import (
	"errors"
	"fmt"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

// refusal is why a check was not passed. nil: it was.
type refusal struct {
	code     sso.Code
	expected string
	got      string
	params   []string // of the code's text: name, value, …
	cause    error
}

// error is the refusal as a private cause, for the log: names and limits, never a person's.
func (r *refusal) error() error {
	err := fmt.Errorf("%s: expected %s, got %s", r.code, r.expected, r.got)
	return errors.Join(err, r.cause)
}

// no refuses. got comes from outside and is made fit to be shown.
func no(code sso.Code, expected, got string) *refusal {
	return &refusal{code: code, expected: expected, got: shown(got)}
}

// unreadable turns an error of signedxml, whose codes are ours and whose details are names and limits, into a refusal.
func unreadable(err error) *refusal {
	var e *signedxml.Error
	if !errors.As(err, &e) {
		return &refusal{code: sso.Internal, cause: err}
	}
	return &refusal{code: sso.Code(e.Code), got: e.Detail, cause: err}
}
