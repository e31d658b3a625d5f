// Package escape tries to get out of a sandbox, one way at a time. It is linked into programs that a test shuts in: package badplugin's plugin, and the
// bare program in run. Only tests enter.
package escape

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Ways are all ways out, by name. Each takes one argument, says what it got, and fails if it got nothing.
func Ways() map[string]func(argument string) (string, error) {
	return map[string]func(string) (string, error){
		"read":     read,     // a file, by path
		"write":    write,    // a file, by path
		"tcp":      dial,     // tcp:host:port
		"udp":      dial,     // udp:host:port
		"unix":     dial,     // unix:path, or unix:@name for an abstract one
		"unixgram": dial,     // unixgram:path
		"fork":     fork,     // a program, by path
		"exec":     become,   // a program, by path; "self" for itself
		"memory":   allocate, // bytes
		"shared":   share,    // bytes
		"signal":   signal,   // a process, by number
		"uring":    uring,    // nothing
		"many":     many,     // a file, by path, to open three hundred times
	}
}

// Try tries "way:argument".
func Try(attempt string) (string, error) {
	way, argument, _ := strings.Cut(attempt, ":")
	try, ok := Ways()[way]
	if !ok {
		return "", fmt.Errorf("no way %q", way)
	}
	if way == "tcp" || way == "udp" || strings.HasPrefix(way, "unix") {
		argument = attempt
	}
	return try(argument)
}

func read(path string) (string, error) {
	b, err := os.ReadFile(path)
	return string(b), err
}

func write(path string) (string, error) {
	return "written", os.WriteFile(path, []byte("was here"), 0o600)
}

func dial(address string) (string, error) {
	network, host, _ := strings.Cut(address, ":")
	conn, err := net.Dial(network, host)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_, err = conn.Write([]byte("was here"))
	return "sent", err
}

func fork(path string) (string, error) {
	pid, err := syscall.ForkExec(path, []string{path}, &syscall.ProcAttr{Files: []uintptr{0, 1, 2}}) // os/exec would open /dev/null first
	if err != nil {
		return "", err
	}
	_, err = syscall.Wait4(pid, nil, 0, nil)
	return "started", err
}

func become(path string) (string, error) {
	if path == "self" {
		path = "/proc/self/exe"
	}
	return "", syscall.Exec(path, []string{path}, []string{"ESCAPED=yes"})
}

func allocate(bytes string) (string, error) {
	n, err := strconv.Atoi(bytes)
	if err != nil {
		return "", err
	}
	kept := make([]byte, n) // a process that may not have it dies here
	return fmt.Sprintf("allocated %d", len(kept)), nil
}

func share(bytes string) (string, error) {
	n, err := strconv.Atoi(bytes)
	if err != nil {
		return "", err
	}
	_, err = syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_ANON)
	return "mapped", err
}

func signal(pid string) (string, error) {
	n, err := strconv.Atoi(pid)
	if err != nil {
		return "", err
	}
	return "sent", syscall.Kill(n, syscall.SIGKILL)
}

// uring sets up a ring, which could do what other calls are refused (io_uring_setup is 425 everywhere).
func uring(string) (string, error) {
	var params [120]byte
	if _, _, errno := syscall.Syscall(425, 8, address(&params), 0); errno != 0 {
		return "", errno
	}
	return "set up", nil
}

func many(path string) (string, error) {
	for range 300 {
		f, err := os.Open(path)
		if err == nil {
			_ = f.Close()
			return "opened", nil
		}
	}
	return "", errors.New("three hundred times in vain")
}
