package catalog

import "syscall"

// dieWithParent has the kernel kill the plugin when the host dies without a word (kill -9, out of memory).
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
