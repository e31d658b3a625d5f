package sandbox

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What golang.org/x/sys does not wrap; all that is unsafe in this room is here.

// ioctl is ioctl(2) with a structure to read and write.
func ioctl[T any](fd, request uintptr, argument *T) error {
	// #nosec G103 -- the kernel's interface
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(unsafe.Pointer(argument))); errno != 0 {
		return errno
	}
	return nil
}

// image is a program that is ready to be started by its descriptor: nothing is allocated on the way.
type image struct {
	fd         uintptr
	argv, envp []*byte
	path       *byte
}

func newImage(fd int, argv, env []string) (*image, error) {
	args, err := syscall.SlicePtrFromStrings(argv)
	if err != nil {
		return nil, err
	}
	envs, err := syscall.SlicePtrFromStrings(env)
	if err != nil {
		return nil, err
	}
	return &image{uintptr(fd), args, envs, new(byte)}, nil
}

// start is execveat(2). It returns only if it fails.
func (i *image) start() syscall.Errno {
	// #nosec G103 -- the kernel's interface
	_, _, errno := syscall.RawSyscall6(unix.SYS_EXECVEAT, i.fd, uintptr(unsafe.Pointer(i.path)),
		uintptr(unsafe.Pointer(&i.argv[0])), uintptr(unsafe.Pointer(&i.envp[0])), unix.AT_EMPTY_PATH, 0) // #nosec G103
	return errno
}

// setFilter is seccomp(2): it puts a filter on this thread and returns what the kernel does.
func setFilter(program []unix.SockFilter, flags uintptr) (int, error) {
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]} // #nosec G115 -- some hundred instructions
	defer runtime.KeepAlive(program)
	// #nosec G103 -- the kernel's interface
	fd, _, errno := syscall.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&fprog)))
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil // #nosec G115 -- a descriptor
}
