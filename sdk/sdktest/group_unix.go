//go:build unix

package sdktest

import (
	"os/exec"
	"syscall"
)

// inGroup gives a process a group of its own, so that what it starts can be ended with it.
func inGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends a process and its group.
func killGroup(pid int) {
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	_ = syscall.Kill(pid, syscall.SIGKILL)
}

// terminate tells a process to end.
func terminate(pid int) error { return syscall.Kill(pid, syscall.SIGTERM) }
