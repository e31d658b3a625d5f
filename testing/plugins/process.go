package plugins

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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

// Kill sends a signal to a plugin's process, and to no process that is not the server's own child.
func (s *Site) Kill(pid int, signal syscall.Signal) error {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil //nolint:nilerr // it is gone already
	}
	var state string
	var parent int
	_, rest, _ := strings.Cut(string(status), ") ")
	if _, err := fmt.Sscan(rest, &state, &parent); err != nil {
		return fmt.Errorf("kill %d: %w", pid, err)
	}
	if parent != s.Host.PID() {
		return fmt.Errorf("kill %d: it is a child of %d and not of the server", pid, parent)
	}
	if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("kill %d: %w", pid, err)
	}
	return nil
}

// Stop has a plugin's process stand still, and waits until all its threads do: the kernel stops them when each has its turn, and another may answer
// meanwhile.
func (s *Site) Stop(pid int) error {
	if err := s.Kill(pid, syscall.SIGSTOP); err != nil {
		return err
	}
	for deadline := time.Now().Add(patient); ; time.Sleep(time.Millisecond) {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		if err != nil {
			return err
		}
		running := len(threads) == 0
		for _, thread := range threads {
			status, err := os.ReadFile(thread)
			_, rest, _ := strings.Cut(string(status), ") ")
			running = running || err == nil && !strings.HasPrefix(rest, "T")
		}
		if !running {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("process %d does not stand still", pid)
		}
	}
}
