//go:build linux && (amd64 || arm64)

package sandbox

import "golang.org/x/sys/unix"

// What a program is refused, in the words of reports.
const (
	kindFile    = "file"
	kindNetwork = "network"
	kindProcess = "process"
	kindOther   = "other process"
	kindMemory  = "memory"
	kindKernel  = "kernel"
)

// call is a system call that is refused, or looked at, when every condition holds.
type call struct {
	nr   uint32
	name string
	kind string
	when []condition
}

// condition holds when (argument & mask == value) == equal. Flags and numbers are in the lower half of an argument; high looks at the other.
type condition struct {
	arg   int
	high  bool
	mask  uint32
	value uint32
	equal bool
}

const all = ^uint32(0)

func is(arg int, mask, value uint32) condition {
	return condition{arg: arg, mask: mask, value: value, equal: true}
}

func isNot(arg int, mask, value uint32) condition {
	return condition{arg: arg, mask: mask, value: value}
}

// looked are the calls that name a file or a program: refused or not by what they name.
func looked() []call {
	return append(looked64(),
		call{nr: unix.SYS_OPENAT, name: "openat", kind: kindFile},
		call{nr: unix.SYS_OPENAT2, name: "openat2", kind: kindFile},
		call{nr: unix.SYS_EXECVE, name: "execve", kind: kindProcess},
		call{nr: unix.SYS_EXECVEAT, name: "execveat", kind: kindProcess},
	)
}

// refused are the calls of which a provider plugin has no need whatever it is written in. pid is its own number.
func refused(pid uint32) []call {
	calls := slicesOf(network(), processes(), others(pid), memory())
	for _, c := range kernel() {
		calls = append(calls, call{nr: c.nr, name: c.name, kind: kindKernel})
	}
	return calls
}

func slicesOf(lists ...[]call) (out []call) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// network leaves stream sockets of the file system to serve on. They cannot be connected, so no service of this machine is reached by them;
// datagram sockets, which reach one without, there are none.
func network() []call {
	var calls []call
	for nr, name := range map[uint32]string{unix.SYS_SOCKET: "socket", unix.SYS_SOCKETPAIR: "socketpair"} {
		calls = append(calls,
			call{nr, name, kindNetwork, []condition{isNot(0, all, unix.AF_UNIX)}},
			call{nr, name, kindNetwork, []condition{isNot(1, 0xf, unix.SOCK_STREAM)}})
	}
	return append(calls,
		call{nr: unix.SYS_CONNECT, name: "connect", kind: kindNetwork},
		call{unix.SYS_SENDTO, "sendto", kindNetwork, []condition{isNot(4, all, 0)}},
		call{unix.SYS_SENDTO, "sendto", kindNetwork, []condition{{arg: 4, high: true, mask: all}}},
	)
}

// processes leaves threads.
func processes() []call {
	return append(forks(), call{unix.SYS_CLONE, "clone", kindProcess, []condition{is(0, unix.CLONE_THREAD, 0)}})
}

// others leaves signals to itself, which Go sends its threads all the time.
func others(pid uint32) []call {
	notItself := isNot(0, all, pid)
	return []call{
		{unix.SYS_KILL, "kill", kindOther, []condition{notItself, isNot(0, all, 0)}},
		{unix.SYS_TGKILL, "tgkill", kindOther, []condition{notItself}},
		{unix.SYS_RT_SIGQUEUEINFO, "rt_sigqueueinfo", kindOther, []condition{notItself}},
		{unix.SYS_RT_TGSIGQUEUEINFO, "rt_tgsigqueueinfo", kindOther, []condition{notItself}},
		{unix.SYS_PIDFD_OPEN, "pidfd_open", kindOther, []condition{notItself}},
		{nr: unix.SYS_PIDFD_SEND_SIGNAL, name: "pidfd_send_signal", kind: kindOther},
		{nr: unix.SYS_PIDFD_GETFD, name: "pidfd_getfd", kind: kindOther},
		{nr: unix.SYS_PTRACE, name: "ptrace", kind: kindOther},
		{nr: unix.SYS_PROCESS_VM_READV, name: "process_vm_readv", kind: kindOther},
		{nr: unix.SYS_PROCESS_VM_WRITEV, name: "process_vm_writev", kind: kindOther},
		{nr: unix.SYS_PROCESS_MADVISE, name: "process_madvise", kind: kindOther},
		{nr: unix.SYS_KCMP, name: "kcmp", kind: kindOther},
	}
}

// memory is what RLIMIT_DATA does not count.
func memory() []call {
	const sharedAnonymous = unix.MAP_SHARED | unix.MAP_ANONYMOUS // MAP_SHARED_VALIDATE has the bit of MAP_SHARED, MAP_PRIVATE has not
	return []call{
		{unix.SYS_MMAP, "mmap, shared", kindMemory, []condition{is(3, sharedAnonymous, sharedAnonymous)}},
		{nr: unix.SYS_MEMFD_CREATE, name: "memfd_create", kind: kindMemory},
		{nr: unix.SYS_MEMFD_SECRET, name: "memfd_secret", kind: kindMemory},
		{nr: unix.SYS_SHMGET, name: "shmget", kind: kindMemory},
		{nr: unix.SYS_MSGGET, name: "msgget", kind: kindMemory},
		{nr: unix.SYS_SEMGET, name: "semget", kind: kindMemory},
		{nr: unix.SYS_MQ_OPEN, name: "mq_open", kind: kindMemory},
	}
}

// kernel are doors to parts of the kernel that have been ways out of sandboxes, or do the work of refused calls (io_uring).
func kernel() []call {
	return append(kernel64(), []call{
		{nr: unix.SYS_IO_URING_SETUP, name: "io_uring_setup"},
		{nr: unix.SYS_BPF, name: "bpf"},
		{nr: unix.SYS_PERF_EVENT_OPEN, name: "perf_event_open"},
		{nr: unix.SYS_USERFAULTFD, name: "userfaultfd"},
		{nr: unix.SYS_KEYCTL, name: "keyctl"},
		{nr: unix.SYS_ADD_KEY, name: "add_key"},
		{nr: unix.SYS_REQUEST_KEY, name: "request_key"},
		{nr: unix.SYS_UNSHARE, name: "unshare"},
		{nr: unix.SYS_SETNS, name: "setns"},
		{nr: unix.SYS_MOUNT, name: "mount"},
		{nr: unix.SYS_UMOUNT2, name: "umount2"},
		{nr: unix.SYS_PIVOT_ROOT, name: "pivot_root"},
		{nr: unix.SYS_CHROOT, name: "chroot"},
		{nr: unix.SYS_FSOPEN, name: "fsopen"},
		{nr: unix.SYS_FSMOUNT, name: "fsmount"},
		{nr: unix.SYS_FSPICK, name: "fspick"},
		{nr: unix.SYS_OPEN_TREE, name: "open_tree"},
		{nr: unix.SYS_MOVE_MOUNT, name: "move_mount"},
		{nr: unix.SYS_MOUNT_SETATTR, name: "mount_setattr"},
		{nr: unix.SYS_OPEN_BY_HANDLE_AT, name: "open_by_handle_at"},
		{nr: unix.SYS_FANOTIFY_INIT, name: "fanotify_init"},
		{nr: unix.SYS_INIT_MODULE, name: "init_module"},
		{nr: unix.SYS_FINIT_MODULE, name: "finit_module"},
		{nr: unix.SYS_DELETE_MODULE, name: "delete_module"},
		{nr: unix.SYS_KEXEC_LOAD, name: "kexec_load"},
		{nr: unix.SYS_KEXEC_FILE_LOAD, name: "kexec_file_load"},
		{nr: unix.SYS_SWAPON, name: "swapon"},
		{nr: unix.SYS_SWAPOFF, name: "swapoff"},
		{nr: unix.SYS_REBOOT, name: "reboot"},
		{nr: unix.SYS_SYSLOG, name: "syslog"},
		{nr: unix.SYS_ACCT, name: "acct"},
		{nr: unix.SYS_QUOTACTL, name: "quotactl"},
		{nr: unix.SYS_SETTIMEOFDAY, name: "settimeofday"},
		{nr: unix.SYS_CLOCK_SETTIME, name: "clock_settime"},
		{nr: unix.SYS_SETHOSTNAME, name: "sethostname"},
		{nr: unix.SYS_SETDOMAINNAME, name: "setdomainname"},
	}...)
}
