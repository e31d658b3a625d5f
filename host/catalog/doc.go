// Package catalog finds provider plugins in a folder, checks them, runs the checked bytes out of process, watches and replaces them, and
// presents each as an [sso.Provider]. It is the only room that knows both core and sdk; host wires it.
//
// Desired state is the files of the folder, actual state is the processes. One loop (catalog.go) compares them; one goroutine per provider
// (supervise.go) moves its process towards what is wanted:
//
//	discovered → rejected{reason, fix} | verified → starting → ready → draining → stopped
//	                                              ready ⇄ backing_off → failed
//
// The new version of a file is started beside the old one and takes over only when it serves; one that does not come up leaves the old one in
// charge. A process that dies is started again, and the call it died under is made once more. Starts that bring no manifest end in failed.
//
// Trust: a plugin gets bytes or already verified attributes and answers with typed values. It has no environment, no input, and its answers
// are bounded, timed and proven before anybody uses them.
package catalog
