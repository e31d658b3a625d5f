package catalog

import "syscall"

// dieWithParent has the kernel kill the plugin when the host dies without a word (kill -9, out of memory).
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }

// changeTime is when a file's bytes, owner, mode or name changed last. Unlike the time of its bytes nobody can set it: tools that keep times
// would otherwise hide a change.
func changeTime(st *syscall.Stat_t) int64 { return st.Ctim.Nano() }
