package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// shimTimeout is how long a shim may take to become the program; it takes milliseconds.
const shimTimeout = 5 * time.Second

// dieWithParent has the kernel kill the process when the host dies without a word (kill -9, out of memory).
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }

// start starts a program by way of the shim.
func (b Box) start(p Program) (*Cell, error) {
	if why := b.noShim(); why != "" {
		return b.withoutShim(p, why)
	}
	l, err := b.prepare(p)
	if err != nil {
		return nil, err
	}
	defer func() { _ = l.file.Close() }()
	l.order.Drop = l.giveAway()
	if err := l.startShim(); err != nil {
		return b.withoutShim(p, err.Error())
	}
	return l.finish()
}

// noShim is why programs are not started by way of one, "" if they are.
func (b Box) noShim() string {
	switch {
	case b.Shim == "":
		return "this program cannot be its own shim"
	case b.withheld(StepShim):
		return "withheld"
	default:
		return ""
	}
}

func (b Box) prepare(p Program) (*launch, error) {
	file, err := os.Open(p.Path)
	if err != nil {
		return nil, err
	}
	kind := kindOf(file)
	return &launch{
		Box: b, program: p, file: file, lacks: kind.missing(),
		order: order{Name: p.name(), Kind: kind, Withhold: b.Withhold},
	}, nil
}

// launch is one start by way of the shim.
type launch struct {
	Box
	program Program
	file    *os.File
	order   order
	lacks   []Missing
	control *net.UnixConn
	cell    *Cell
}

// giveAway gives the program's folder to nobody, and reports whether that is whom the program should become. Where the host is not root, nobody is
// what it is called in namespaces of its own, and nothing needs to be given. The host's group keeps its access, so that one who is root without
// every right of root can still connect, and a program that could not change its user can still serve.
func (l *launch) giveAway() (drop bool) {
	if os.Geteuid() != 0 {
		return false
	}
	err := errors.New("withheld")
	if !l.withheld(StepUser) {
		// #nosec G302 -- a folder, and its group is ours
		err = errors.Join(os.Chown(l.program.Dir, nobody, os.Getegid()), os.Chmod(l.program.Dir, 0o770))
	}
	if err != nil {
		l.lacks = append(l.lacks, Missing{StepUser, err.Error()})
		return false
	}
	return true
}

// startShim starts the shim in namespaces of its own, or without.
func (l *launch) startShim() error {
	control, theirs, err := socketPair()
	if err != nil {
		return err
	}
	defer func() { _ = theirs.Close() }()
	l.control = control
	err = errors.New("withheld")
	if !l.withheld(StepNamespaces) {
		err = l.try(theirs, true)
	}
	if err == nil {
		return nil
	}
	l.lacks = append(l.lacks, Missing{StepNamespaces, fmt.Sprintf("this user, or this container, may not make them: %v", err)})
	if err := l.try(theirs, false); err != nil {
		return errors.Join(err, control.Close())
	}
	return nil
}

func (l *launch) try(theirs *os.File, namespaces bool) error {
	cmd := l.program.command(l.Shim, marker)
	cmd.ExtraFiles = []*os.File{theirs, l.file}
	l.order.Threads = sharedThreads
	if namespaces && enterNamespaces(cmd.SysProcAttr) {
		l.order.Threads = ownThreads
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	l.cell = &Cell{cmd: cmd}
	return nil
}

// enterNamespaces asks for namespaces. Root needs no user namespace to have the others, and systems that forbid those to users leave them to root;
// own reports whether there is one, in which the program is called nobody.
func enterNamespaces(a *syscall.SysProcAttr) (own bool) {
	a.Cloneflags = unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
	if os.Geteuid() == 0 {
		return false
	}
	a.Cloneflags |= unix.CLONE_NEWUSER
	a.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Geteuid(), Size: 1}}
	// Who is not called root loses every right of the namespace with the next program; the shim needs this one, and gives it up.
	a.AmbientCaps = []uintptr{unix.CAP_SYS_CHROOT}
	a.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getegid(), Size: 1}}
	return true
}

// finish hears what the shim could do, decides, and sees the program run.
func (l *launch) finish() (*Cell, error) {
	defer func() { _ = l.control.Close() }()
	defer time.AfterFunc(shimTimeout, func() { _ = l.control.Close() }).Stop()
	if err := l.agree(); err != nil {
		return nil, l.cell.abandon(err)
	}
	if _, err := l.control.Write([]byte{1}); err != nil {
		return nil, l.cell.abandon(fmt.Errorf("shim: %w", err))
	}
	var failed reply
	switch err := l.hear(&failed, nil); {
	case err == nil:
		return nil, l.cell.abandon(&os.PathError{Op: "exec", Path: l.program.Path, Err: failed.Errno})
	case !errors.Is(err, errGone): // its end of the line closes when it has become the program
		return nil, l.cell.abandon(err)
	}
	return l.cell, nil
}

// agree gives the order and judges the reply.
func (l *launch) agree() error {
	b, err := json.Marshal(l.order)
	if err != nil {
		return fmt.Errorf("shim: %w", err)
	}
	if _, err := l.control.Write(b); err != nil {
		return fmt.Errorf("shim: %w", err)
	}
	var r reply
	rights := make([]byte, unix.CmsgSpace(4))
	if err := l.hear(&r, rights); err != nil {
		return err
	}
	l.cell.lacks = append(l.lacks, r.Missing...)
	l.cell.level = levelOf(l.cell.lacks)
	if fd, ok := listenerIn(rights); ok {
		l.cell.watch = newWatch(fd, l.order.Kind, l.program.Refused)
	}
	if l.Mode == Strict {
		return explain(l.cell.lacks)
	}
	return nil
}

// errGone says that the shim closed its end.
var errGone = errors.New("shim: it ended without a word")

func (l *launch) hear(r *reply, rights []byte) error {
	buf := make([]byte, maxMessage)
	n, _, _, _, err := l.control.ReadMsgUnix(buf, rights)
	switch {
	case errors.Is(err, io.EOF):
		return errGone
	case err != nil:
		return fmt.Errorf("shim: %w", err)
	}
	if err := json.Unmarshal(buf[:n], r); err != nil {
		return fmt.Errorf("shim: %w", err)
	}
	return nil
}

// listenerIn takes the descriptor out of a message's rights.
func listenerIn(rights []byte) (fd int, ok bool) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil || len(messages) != 1 {
		return -1, false
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return -1, false
	}
	return fds[0], true
}

// socketPair is a line that keeps messages apart; theirs is for the child.
func socketPair() (ours *net.UnixConn, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("socketpair: %w", err)
	}
	file := os.NewFile(uintptr(fds[0]), "sandbox")
	theirs = os.NewFile(uintptr(fds[1]), "sandbox")
	conn, err := net.FileConn(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, nil, errors.Join(err, theirs.Close())
	}
	return conn.(*net.UnixConn), theirs, nil
}

// Lacks are the steps that this machine does not grant a statically linked program. It takes as long as a start: a shim tries them.
func (b Box) Lacks() []Missing {
	if why := b.noShim(); why != "" {
		return []Missing{{StepShim, why}}
	}
	lacks, err := b.probe()
	if err != nil {
		return []Missing{{StepShim, err.Error()}}
	}
	return lacks
}

func (b Box) probe() (lacks []Missing, err error) {
	dir, err := os.MkdirTemp("", "idplug-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	l, err := b.prepare(Program{Path: b.Shim, Dir: dir})
	if err != nil {
		return nil, err
	}
	defer func() { _ = l.file.Close() }()
	l.order.Kind, l.order.Probe, l.lacks = static, true, nil
	l.order.Drop = l.giveAway()
	if err := l.startShim(); err != nil {
		return nil, err
	}
	defer func() { _ = l.control.Close() }()
	defer time.AfterFunc(shimTimeout, func() { _ = l.control.Close() }).Stop()
	if err := l.agree(); err != nil && !errors.Is(err, ErrNotStrict) {
		return nil, l.cell.abandon(err)
	}
	return l.cell.lacks, ignoreExit(l.cell.Wait())
}
