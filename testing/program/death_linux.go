package program

import "syscall"

// dieWithParent has the kernel end the program when whoever started it dies without a word.
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
