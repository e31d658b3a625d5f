package plugins

import (
	"errors"
	"fmt"
	"syscall"
	"time"
)

// gone waits until a process is no more.
func gone(pid int) error {
	if pid == 0 {
		return nil
	}
	for deadline := time.Now().Add(patient); !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("process %d is still there", pid)
		}
	}
	return nil
}
