package catalog

import (
	"fmt"
	"slices"
	"syscall"
	"time"
)

// status is how the process ended; known is false while it runs, and for one that is not our child.
func (p *process) status() (s syscall.WaitStatus, known bool) {
	select {
	case <-p.exited:
	default:
		return 0, false
	}
	if p.cell == nil {
		return 0, false
	}
	s, known = p.cell.State().Sys().(syscall.WaitStatus)
	return s, known
}

// death tells whether the process is to blame for its end. The signals of people and of kernels that are short of memory are not its own doing;
// those of faults in a program are.
func (p *process) death() death {
	s, known := p.status()
	if !known || s.Exited() && s.ExitStatus() == 0 { // as a plugin ends that was told to
		return killedBySignal
	}
	others := []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP}
	if s.Signaled() && slices.Contains(others, s.Signal()) {
		return killedBySignal
	}
	return diedByItself
}

// felled tells whether somebody else killed the process, which has just stopped to answer.
func (p *process) felled() bool {
	select {
	case <-p.exited:
	case <-time.After(100 * time.Millisecond):
	}
	s, known := p.status()
	return known && s.Signaled() && p.death() == killedBySignal && !p.told.Load()
}

// obituary says for operators how the process ended.
func (p *process) obituary() string {
	s, known := p.status()
	switch {
	case !known:
		return "it ended"
	case s.Signaled():
		return fmt.Sprintf("it died of a signal: %s", s.Signal())
	}
	if p.logs.starved.Load() {
		return fmt.Sprintf("it ended with exit code %d: it wanted more memory than it may have (256 MiB)", s.ExitStatus())
	}
	return fmt.Sprintf("it ended with exit code %d", s.ExitStatus())
}
