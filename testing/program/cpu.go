package program

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the times in /proc/<pid>/stat: USER_HZ is 100 on every architecture that Go runs on with Linux (proc(5)).
const tick = 10 * time.Millisecond

// CPU is the processor time that the process has used so far, to 10 ms.
func (p *Process) CPU() (time.Duration, error) {
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
