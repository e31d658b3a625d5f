// Package frail lets what is outside of a use case fail, one call after the other. Tests enter.
package frail

import "errors"

// ErrBroken is how a call fails.
var ErrBroken = errors.New("the disk is full")

// Frailty lets one call fail: the Left-th from now on. What was asked for is done and given all the same, so that who goes on in spite of the error
// gets somewhere. It is embedded in what stands before a port.
type Frailty struct{ Left int }

// Spoil is deferred in each call, with its error.
func (f *Frailty) Spoil(err *error) {
	if *err != nil {
		return
	}
	if f.Left--; f.Left == 0 {
		*err = ErrBroken
	}
}
