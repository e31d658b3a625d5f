//go:build !linux

package catalog

import "syscall"

// dieWithParent is left to the SDK here: a served plugin watches its parent and exits after it.
func dieWithParent(*syscall.SysProcAttr) {}
