package sdktest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What the kernel tells of another process. Where there is no /proc, or none that shows it, every question here has an error for an answer.

func (p *process) proc(name string) string {
	return filepath.Join("/proc", p.ID(), name)
}

// resident is the memory of the process in bytes.
func (p *process) resident() (int64, bool) {
	text, err := os.ReadFile(p.proc("statm"))
	if err != nil {
		return 0, false
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		return 0, false
	}
	return pages * int64(os.Getpagesize()), true
}

// innocent are paths that runtimes keep open for themselves: Go's reads its share of processor time.
var innocent = []string{"/dev/null", "/dev/urandom", "/dev/random", "/sys/fs/cgroup/", "/proc/", "pipe:", "anon_inode:", "socket:"}

// holds lists the files and network sockets that the process holds open, besides its own program, what it was given and what its own socket needs. A
// sandbox may run a copy of the program, and an interpreter keeps it open: it goes by its name.
func (p *process) holds(program string) ([]string, error) {
	files, err := os.ReadDir(p.proc("fd"))
	if err != nil {
		return nil, err
	}
	network := p.networkSockets()
	var held []string
	for _, f := range files {
		to, err := os.Readlink(filepath.Join(p.proc("fd"), f.Name()))
		if err != nil {
			continue // closed meanwhile
		}
		switch inode, isSocket := strings.CutPrefix(to, "socket:["); {
		case isSocket && network[strings.TrimSuffix(inode, "]")]:
			held = append(held, "a network socket")
		case filepath.Base(to) == program:
		case !isSocket && !slices.ContainsFunc(innocent, func(known string) bool { return strings.HasPrefix(to, known) }):
			held = append(held, to)
		}
	}
	return slices.Compact(held), nil
}

// networkSockets are the inodes of all sockets but Unix ones in the network that the process sees.
func (p *process) networkSockets() map[string]bool {
	inodes := map[string]bool{}
	for _, family := range []string{"tcp", "tcp6", "udp", "udp6", "raw", "raw6", "packet"} {
		text, err := os.ReadFile(p.proc("net/" + family))
		if err != nil {
			continue // the kernel has no such family
		}
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) > 9 { // packet has nine columns, the inode last; the others have it tenth
				inodes[fields[9]] = true
			} else if len(fields) == 9 {
				inodes[fields[8]] = true
			}
		}
	}
	return inodes
}

// children lists the processes whose parent this one is.
func (p *process) children() ([]string, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		return nil, os.ErrNotExist
	}
	var found []string
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // gone meanwhile
		}
		name, rest, _ := bytes.Cut(text[bytes.IndexByte(text, '(')+1:], []byte(") ")) // "pid (name) state parent …"
		if fields := bytes.Fields(rest); len(fields) > 1 && string(fields[1]) == p.ID() {
			found = append(found, string(name))
		}
	}
	return found, nil
}
