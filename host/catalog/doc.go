// Package catalog finds provider plugins in a folder, checks them, runs the checked bytes out of process, watches and replaces them, and
// presents each as an [sso.Provider]. It is the only room that knows both core and sdk; host wires it.
//
// Desired state is the files of the folder, actual state is the processes. One loop (catalog.go) compares them; one goroutine per provider
// (unit.go) moves its process towards what is wanted:
//
//	discovered → rejected{reason, fix} | verified → starting → ready → draining → stopped
//	                                              ready ⇄ backing_off → failed
//
// Trust: a plugin gets bytes or already verified attributes and answers with typed values. It has no environment, no input, and its answers
// are bounded, timed and proven before anybody uses them.
package catalog
