//go:build !linux

package program

import "syscall"

// dieWithParent can only be had on Linux.
func dieWithParent(*syscall.SysProcAttr) {}
