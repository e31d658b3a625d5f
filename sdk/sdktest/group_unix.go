//go:build unix

package sdktest

import (
	"os"
	"os/exec"
	"syscall"
)

// inGroup gives a process a group of its own, so that what it starts can be ended with it.
func inGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends a process and its group.
func killGroup(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
	_ = p.Kill()
}
