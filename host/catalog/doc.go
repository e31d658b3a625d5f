// Package catalog finds provider plugins in a folder, checks them, runs the checked bytes out of process, watches and replaces them, and
// presents each as an [sso.Provider]. It is the only room that knows both core and sdk; host wires it.
//
// Desired state is the files of the folder, actual state is the processes. One loop (catalog.go) compares them; one goroutine per provider
// (supervise.go) moves its process towards what is wanted:
//
//	discovered → rejected{reason, fix} | verified → starting → ready → draining → stopped
//	                                              ready ⇄ backing_off → failed
//
// The new version of a file is started beside the old one and takes over only when it serves and has passed a check (rehearsal.go); one that does
// not leaves the old one in charge. A process that dies, or answers no health check (health.go), is replaced, and the calls it died under are made
// again as often as their deadline allows (call.go), but for an input that fells every process (suspicion.go). Starts that bring no manifest end in
// failed. While too many calls bring no answer, none are made (breaker.go). What served is kept, and can be pinned (shelf.go, pin.go).
//
// Trust: a plugin gets bytes or already verified attributes and answers with typed values. It has no environment, no input, and its answers
// are bounded, timed and proven before anybody uses them.
package catalog
