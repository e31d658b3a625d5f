package program

import (
	"fmt"
	"os"
)

// Memory is what the process has in memory now (resident), in bytes: the second field of its statm (proc(5)).
func (p *Process) Memory() (int64, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.PID()))
	if err != nil {
		return 0, fmt.Errorf("memory: %w", err)
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(statm), &size, &resident); err != nil {
		return 0, fmt.Errorf("memory: %w", err)
	}
	return resident * int64(os.Getpagesize()), nil
}
