//go:build !linux

package sandbox

import "syscall"

// Self is empty: only Linux has what a shim needs.
const Self = ""

// Main returns: only Linux has what a shim needs.
func Main() {}

func (b Box) start(p Program) (*Cell, error) { return b.withoutShim(p, "only Linux has what it takes") }

// Lacks are the steps that this machine does not grant.
func (b Box) Lacks() []Missing { return []Missing{{StepShim, "only Linux has what it takes"}} }

// dieWithParent is left to the SDK here: a served plugin watches its parent and exits after it.
func dieWithParent(*syscall.SysProcAttr) {}

func limit(int) {}
