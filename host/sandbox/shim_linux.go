package sandbox

import (
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// Self is this very program, also when its file has been replaced since.
const Self = "/proc/self/exe"

// marker is how a shim is called. It is no environment variable and no flag, so nobody becomes one by accident.
const marker = "idplug-sandbox"

// Descriptors that a shim inherits.
const (
	controlFD = 3 // to the host: an order comes, a reply goes, a word to go on comes
	programFD = 4 // the program
)

// nobody is the user and group of programs that root starts; also what a user is called in a namespace of its own.
const nobody = 65534

// order is what the host tells its shim.
type order struct {
	Name     string // argv[0]
	Kind     kind
	Drop     bool   // become nobody
	Threads  uint64 // and processes, of the user in its namespace
	Withhold []Step // leave out, as if the kernel refused
	Probe    bool   // end when every step is taken
}

// reply is what a shim tells its host before it becomes the program, maybe with a listener; and again, with Errno, if it cannot.
type reply struct {
	Missing []Missing
	Errno   syscall.Errno
}

// maxMessage bounds an order and a reply, in bytes.
const maxMessage = 64 << 10

// Main makes a program able to be its own shim; it is the first statement of main. It returns at once unless this process was started as one, and
// never otherwise.
func Main() {
	if len(os.Args) != 1 || os.Args[0] != marker {
		return
	}
	runtime.LockOSThread() // what follows is about the thread that will become the program
	os.Exit(becomeProgram())
}

// becomeProgram returns only if it fails: 1 when the host knows why, 2 when the host went away, or wanted to know no more.
func becomeProgram() int {
	unix.CloseOnExec(controlFD)
	s := &shim{}
	if err := s.receive(); err != nil {
		return 2
	}
	s.shutIn()
	listener := s.filterCalls()
	var rights []byte
	if listener >= 0 {
		rights = unix.UnixRights(listener)
	}
	if err := send(reply{Missing: s.missing}, rights); err != nil || s.Probe {
		return 2
	}
	if listener >= 0 {
		_ = unix.Close(listener)
	}
	var word [1]byte
	if n, err := again(func() (int, error) { return unix.Read(controlFD, word[:]) }); err != nil || n != 1 {
		return 2
	}
	_ = send(reply{Errno: s.exec()}, nil)
	return 1
}

// shim takes the steps, and remembers those that it could not take.
type shim struct {
	order
	missing []Missing
}

// step takes one step.
func (s *shim) step(name Step, take func() error) {
	err := errors.New("withheld")
	if !slices.Contains(s.Withhold, name) {
		err = take()
	}
	if err != nil {
		s.missing = append(s.missing, Missing{name, err.Error()})
	}
}

// exec runs the program by its descriptor: no path leads to it from where the shim is now.
func (s *shim) exec() syscall.Errno {
	if s.Kind != script { // an interpreter opens it once more
		unix.CloseOnExec(programFD)
	}
	program, err := newImage(programFD, []string{s.Name}, os.Environ())
	if err != nil {
		return syscall.EINVAL
	}
	// With a race detector in it the shim has more memory than the program may have, and could not ask for any from here on.
	if errno := syscall.Errno(0); !slices.Contains(s.Withhold, StepLimits) && errors.As(limitMemory(0), &errno) {
		return errno
	}
	return program.start()
}

func (s *shim) receive() error {
	buf := make([]byte, maxMessage)
	n, err := again(func() (int, error) { return unix.Read(controlFD, buf) })
	if err != nil {
		return err
	}
	return json.Unmarshal(buf[:n], &s.order)
}

func send(r reply, rights []byte) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = again(func() (int, error) { return unix.SendmsgN(controlFD, b, rights, nil, unix.MSG_NOSIGNAL) })
	return err
}

// again repeats a call that a signal interrupted.
func again(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
