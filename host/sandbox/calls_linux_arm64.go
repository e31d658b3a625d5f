package sandbox

import "golang.org/x/sys/unix"

const (
	auditArch    = unix.AUDIT_ARCH_AARCH64
	foreignCalls = 0 // there is no second interface
)

// The calls of old that this architecture never had.
func looked64() []call { return nil }
func forks() []call    { return nil }
func kernel64() []call { return nil }
