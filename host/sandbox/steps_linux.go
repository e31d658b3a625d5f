package sandbox

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// Limits of a program.
const (
	maxData        = 256 << 20 // bytes of memory that it writes; not of address space, of which a Go program reserves plenty
	maxFile        = 1 << 20   // bytes of a file
	maxDescriptors = 64
	maxStack       = 1 << 20 // bytes; also what each thread of a C program gets
	// Threads and processes: in a user namespace of its own only the program's are counted; else all of the user's, so that is a backstop only.
	ownThreads    = 128
	sharedThreads = 4096
)

// limits are what a program may use, in the kernel's terms, but for memory.
func limits(threads uint64) map[int]uint64 {
	return map[int]uint64{
		unix.RLIMIT_FSIZE: maxFile, unix.RLIMIT_NOFILE: maxDescriptors, unix.RLIMIT_STACK: maxStack,
		unix.RLIMIT_CORE: 0, unix.RLIMIT_MEMLOCK: 0, unix.RLIMIT_MSGQUEUE: 0, unix.RLIMIT_NPROC: threads,
	}
}

// limit limits a process that runs already: the best that can be done without a shim.
func limit(pid int) {
	for resource, n := range limits(sharedThreads) {
		_ = lower(pid, resource, n)
	}
	_ = limitMemory(pid)
}

// lower lowers a limit; one that is lower already stays.
func lower(pid, resource int, n uint64) error {
	var now unix.Rlimit
	if err := unix.Prlimit(pid, resource, nil, &now); err != nil {
		return err
	}
	n = min(n, now.Max)
	return unix.Prlimit(pid, resource, &unix.Rlimit{Cur: n, Max: n}, nil)
}

// limitMemory is the shim's last act.
func limitMemory(pid int) error { return lower(pid, unix.RLIMIT_DATA, maxData) }

// shutIn takes every step but the last. Their order matters: rules name files while they can be seen, root is left before privileges are, and what
// ends the program with its host is said last, because the kernel forgets it when the user changes.
func (s *shim) shutIn() {
	s.step(StepLimits, s.limit)
	// Needed by Landlock and seccomp, and so old (Linux 3.5) that it is no step of its own: without it those two fail and say so.
	_ = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	rules, err := s.rules()
	if s.Kind == static { // else no system file would be found
		s.step(StepRoot, changeRoot)
	}
	s.step(StepLandlock, func() error {
		if err != nil {
			return err
		}
		return restrict(rules)
	})
	if s.Drop {
		s.step(StepUser, drop)
	}
	var none [2]unix.CapUserData
	_ = unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &none[0])
	_ = unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0)
}

func (s *shim) limit() error {
	var errs []error
	for resource, n := range limits(s.Threads) {
		if err := lower(0, resource, n); err != nil {
			errs = append(errs, fmt.Errorf("rlimit %d: %w", resource, err))
		}
	}
	return errors.Join(errs...)
}

// changeRoot makes the folder that the shim was started in the only one there is.
func changeRoot() error {
	if err := unix.Chroot("."); err != nil {
		return fmt.Errorf("chroot: %w", err)
	}
	return unix.Chdir("/")
}

// drop becomes nobody, with no other group.
func drop() error {
	if err := unix.Setgroups(nil); err != nil {
		return fmt.Errorf("setgroups: %w", err)
	}
	if err := unix.Setresgid(nobody, nobody, nobody); err != nil {
		return fmt.Errorf("setresgid: %w", err)
	}
	if err := unix.Setresuid(nobody, nobody, nobody); err != nil {
		return fmt.Errorf("setresuid: %w", err)
	}
	return nil
}

// System files that a program which is not linked statically may read and execute: code and its data, no configuration, no home, no host's data.
var (
	systemFolders = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/etc/ld.so.conf.d", "/etc/alternatives"}
	systemFiles   = []string{
		"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.preload", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom", "/dev/random",
	}
)

const (
	mayRun   = ll.AccessFSExecute | ll.AccessFSReadFile
	mayServe = ll.AccessFSReadFile | ll.AccessFSWriteFile | ll.AccessFSReadDir | ll.AccessFSRemoveFile | ll.AccessFSMakeReg | ll.AccessFSMakeSock |
		ll.AccessFSTruncate
)

// rules makes Landlock rules: its own bytes, its own folder, and the system's where it needs them. No TCP, no UDP, no signal, no abstract socket.
func (s *shim) rules() (fd int, err error) {
	permitted := []landlock.Rule{
		landlock.PathAccess(mayRun, fmt.Sprintf("/proc/self/fd/%d", programFD)),
		landlock.PathAccess(mayServe, "."),
	}
	if s.Kind != static {
		permitted = append(permitted,
			landlock.PathAccess(mayRun|ll.AccessFSReadDir, systemFolders...).IgnoreIfMissing(),
			landlock.PathAccess(ll.AccessFSReadFile, systemFiles...).IgnoreIfMissing())
	}
	fd, _, err = landlock.V11.BestEffort().NewRulesetFD(permitted...)
	return fd, err
}

// The Landlock versions whose lack leaves a hole: 3 (Linux 6.2) restricts truncation; 6 (6.12) restricts signals and abstract sockets, which the
// namespaces do as well.
const landlockWhole = 3

// restrict enforces the rules.
func restrict(fd int) error {
	version, err := ll.LandlockGetABIVersion()
	if err != nil {
		return errors.New("the kernel has no Landlock, or it is not among the lsm= of its command line (Linux 5.13)")
	}
	if err := ll.LandlockRestrictSelf(fd, 0); err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	_ = unix.Close(fd)
	if version < landlockWhole {
		return fmt.Errorf("the kernel's Landlock is version %d, which does not restrict truncation (Linux 6.2)", version)
	}
	return nil
}
