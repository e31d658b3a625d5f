package program

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// CPU is the processor time that the threads of the process have used so far, to the nanosecond: the first field of each thread's schedstat
// (Documentation/scheduler/sched-stats.rst of Linux). Where the kernel keeps none, it is to 10 ms.
func (p *Process) CPU() (time.Duration, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.PID()))
	if err != nil || len(threads) == 0 {
		return p.ticks()
	}
	var sum int64
	for _, path := range threads {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended meanwhile; those of a Go program seldom do
		}
		used, _, _ := strings.Cut(string(b), " ")
		n, err := strconv.ParseInt(used, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("cpu: %w", err)
		}
		sum += n
	}
	return time.Duration(sum), nil
}

// tick is the unit of the times in /proc/<pid>/stat: USER_HZ is 100 on every architecture that Go runs on with Linux (proc(5)).
const tick = 10 * time.Millisecond

func (p *Process) ticks() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID()))
	if err != nil {
		return 0, fmt.Errorf("cpu: %w", err)
	}
	// The second field is the name in parentheses and may hold spaces; utime and stime are the 14th and 15th (proc(5)).
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	var ticks int64
	for _, i := range []int{11, 12} {
		if i >= len(fields) {
			return 0, fmt.Errorf("cpu: /proc/%d/stat is short", p.PID())
		}
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("cpu: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * tick, nil
}
