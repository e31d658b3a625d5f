package sandbox

import "golang.org/x/sys/unix"

const (
	auditArch = unix.AUDIT_ARCH_X86_64
	// foreignCalls are those of the x32 interface, which does the same under other numbers.
	foreignCalls = 0x40000000
)

func looked64() []call {
	return []call{
		{nr: unix.SYS_OPEN, name: "open", kind: kindFile},
		{nr: unix.SYS_CREAT, name: "creat", kind: kindFile},
	}
}

func forks() []call {
	return []call{
		{nr: unix.SYS_FORK, name: "fork", kind: kindProcess},
		{nr: unix.SYS_VFORK, name: "vfork", kind: kindProcess},
	}
}

func kernel64() []call {
	return []call{
		{nr: unix.SYS_IOPL, name: "iopl"},
		{nr: unix.SYS_IOPERM, name: "ioperm"},
		{nr: unix.SYS_MODIFY_LDT, name: "modify_ldt"},
	}
}
