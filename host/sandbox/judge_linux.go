//go:build linux && (amd64 || arm64)

package sandbox

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// maxMade bounds the files that a program makes in its folder; a server makes one or two on its way to a socket.
const maxMade = 64

// judge decides about a call, and says what it was. An attempt without words is refused like any other, and not worth a report.
//
// For files and programs this is not what keeps the program in: it could exchange the path between our look and the kernel's. Landlock and the root
// hold whatever is said here; the answer refuses early, and the words are for people.
func (w *watch) judge(q question) (what, kind string, refuse bool) {
	nr := uint32(q.nr) // #nosec G115 -- numbers are small
	switch nr {
	case unix.SYS_EXECVE:
		return w.judgeProgram(q, 0)
	case unix.SYS_EXECVEAT:
		return w.judgeProgram(q, 1)
	}
	if i := slices.IndexFunc(looked(), func(c call) bool { return c.nr == nr }); i >= 0 {
		return w.judgeFile(q)
	}
	i := slices.IndexFunc(refused(0), func(c call) bool { return c.nr == nr })
	if i < 0 {
		return fmt.Sprintf("call %d", nr), kindKernel, true
	}
	c := refused(0)[i]
	what = w.words(c, q)
	if w.comingUp() && probes[what] {
		what = ""
	}
	return what, c.kind, true
}

// judgeProgram lets the shim become the program, once; a program that is not linked statically may become others until it serves.
func (w *watch) judgeProgram(q question, pathArg int) (what, kind string, refuse bool) {
	if !w.started || w.comingUp() {
		w.started = true
		return "", "", false
	}
	return "start the program " + w.path(q, q.args[pathArg]), kindProcess, true
}

// comingUp reports whether an interpreter or a loader may still be at work.
func (w *watch) comingUp() bool { return w.kind != static && !w.serves.Load() }

// probes are what the C library and gRPC's core try by themselves on their way up.
var probes = map[string]bool{
	"open a socket (inet)": true, "open a socket (inet6)": true, "connect to unix:/var/run/nscd/socket": true,
}

func (w *watch) judgeFile(q question) (what, kind string, refuse bool) {
	pathArg, flags := 1, q.args[2]                                                         // openat
	if slices.ContainsFunc(looked64(), func(c call) bool { return int32(c.nr) == q.nr }) { // #nosec G115 -- numbers are small
		pathArg, flags = 0, unix.O_CREAT // open and creat: Go and glibc call neither; every one counts as making a file
	}
	if q.nr == unix.SYS_OPENAT2 {
		flags = unix.O_CREAT
	}
	name := w.path(q, q.args[pathArg])
	switch {
	case w.own(name):
		if flags&unix.O_CREAT == 0 {
			return "", "", false
		}
		if w.made++; w.made <= maxMade {
			return "", "", false
		}
		return "make more files", kindFile, true
	case innocent(name):
		return "", "", true
	default:
		return "open " + name, kindFile, true
	}
}

// own reports whether a path is in the program's own folder, or among the system files that it may read.
func (w *watch) own(name string) bool {
	if slices.Contains(strings.Split(name, "/"), "..") {
		return false
	}
	if !path.IsAbs(name) {
		return true
	}
	if w.kind == static {
		return false
	}
	return slices.Contains(systemFiles, name) || strings.HasPrefix(name, "/dev/fd/") || strings.HasPrefix(name, "/proc/self/fd/") ||
		slices.ContainsFunc(systemFolders, func(folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") })
}

// innocent reports whether a path is what the runtime of a language or the C library looks for by itself, and does well without.
func innocent(name string) bool {
	return slices.ContainsFunc([]string{
		"/sys/kernel/mm/transparent_hugepage/", "/sys/fs/cgroup/", "/sys/devices/system/", "/proc/self/", "/proc/sys/", "/proc/stat", "/proc/cpuinfo",
		"/proc/meminfo", "/etc/localtime", "/usr/share/zoneinfo/", "/usr/lib/locale/", "/usr/share/locale/",
	}, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// words say what a call tried.
func (w *watch) words(c call, q question) string {
	switch c.nr {
	case unix.SYS_SOCKET, unix.SYS_SOCKETPAIR:
		return fmt.Sprintf("open a socket (%s)", family(q.args[0], q.args[1]))
	case unix.SYS_CONNECT:
		return "connect to " + w.address(q, q.args[1], q.args[2])
	case unix.SYS_SENDTO:
		return "send to " + w.address(q, q.args[4], q.args[5])
	case unix.SYS_KILL, unix.SYS_TGKILL:
		return fmt.Sprintf("send a signal to process %d", int32(q.args[0])) // #nosec G115 -- as the kernel reads it
	}
	switch c.kind {
	case kindProcess:
		return "start a process"
	case kindMemory:
		return "memory beyond the limit (" + c.name + ")"
	default:
		return c.name
	}
}

func family(domain, typ uint64) string {
	if domain == unix.AF_UNIX {
		return fmt.Sprintf("unix, type %d", typ&0xf)
	}
	names := map[uint64]string{unix.AF_INET: "inet", unix.AF_INET6: "inet6", unix.AF_NETLINK: "netlink", unix.AF_PACKET: "packet", unix.AF_VSOCK: "vsock"}
	if name, ok := names[domain]; ok {
		return name
	}
	return fmt.Sprintf("family %d", domain)
}

// address reads the name of a socket.
func (w *watch) address(q question, at, length uint64) string {
	b := w.read(q, at, int(min(length, unix.SizeofSockaddrUnix))) // #nosec G115 -- bounded
	if len(b) < 2 || binary.NativeEndian.Uint16(b) != unix.AF_UNIX {
		return "a socket"
	}
	name := b[2:]
	if len(name) > 0 && name[0] == 0 {
		return "unix:@" + string(name[1:])
	}
	name, _, _ = bytes.Cut(name, []byte{0})
	return "unix:" + string(name)
}

// path reads a path; what cannot be read is "?", which is nobody's own.
func (w *watch) path(q question, at uint64) string {
	name, _, ended := bytes.Cut(w.read(q, at, unix.PathMax), []byte{0})
	if !ended {
		return "/?"
	}
	return string(name)
}

// read reads the caller's memory, page by page: the last one may be unmapped.
func (w *watch) read(q question, at uint64, n int) []byte {
	const page = 4096
	buf := make([]byte, n)
	got := 0
	for got < n {
		chunk := min(n-got, page-int((at+uint64(got))%page)) // #nosec G115 -- less than a page
		local := []unix.Iovec{{Base: &buf[got]}}
		local[0].SetLen(chunk)
		remote := []unix.RemoteIovec{{Base: uintptr(at) + uintptr(got), Len: chunk}}
		m, err := unix.ProcessVMReadv(int(q.pid), local, remote, 0)
		if err != nil || m <= 0 {
			break
		}
		got += m
		if bytes.IndexByte(buf[got-m:got], 0) >= 0 && n == unix.PathMax {
			break
		}
	}
	if !w.valid(q) {
		return nil
	}
	return buf[:got]
}
