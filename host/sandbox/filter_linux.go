//go:build linux && (amd64 || arm64)

package sandbox

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Answers of a filter.
const (
	answerAllow  = unix.SECCOMP_RET_ALLOW
	answerAsk    = unix.SECCOMP_RET_USER_NOTIF // the listener
	answerRefuse = unix.SECCOMP_RET_ERRNO | uint32(unix.EACCES)
	answerNone   = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	answerKill   = unix.SECCOMP_RET_KILL_PROCESS
)

// Offsets in struct seccomp_data (seccomp(2)); both architectures are little-endian.
const (
	offsetCall = 0
	offsetArch = 4
	offsetArgs = 16
)

// filterCalls has the kernel ask about, or refuse, what a program should not call. It returns the listener; -1 without one.
func (s *shim) filterCalls() (listener int) {
	listener = -1
	s.step(StepSeccomp, func() (err error) {
		listener, err = loadFilter(unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, answerAsk)
		if err == nil {
			return nil
		}
		if _, worse := loadFilter(0, answerRefuse); worse != nil {
			return fmt.Errorf("seccomp: %w", worse)
		}
		return fmt.Errorf("calls are refused but not reported, and those to open files are not looked at: seccomp listener: %w (Linux 5.5)", err)
	})
	return listener
}

// loadFilter puts the filter on this thread. With a listener, a call that waits for its answer is only interrupted by a deadly signal, where the
// kernel can (5.19): Go's own signals would have it asked again and again.
func loadFilter(flags uintptr, answer uint32) (int, error) {
	program := filter(uint32(os.Getpid()), answer) // #nosec G115 -- a process number
	if flags != 0 {
		if fd, err := setFilter(program, flags|unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV); err == nil {
			return fd, nil
		}
	}
	return setFilter(program, flags)
}

// filter is the program that the kernel runs at each call (classic BPF). It asks only where there is somebody to ask.
func filter(pid, answer uint32) []unix.SockFilter {
	p := []unix.SockFilter{
		load(offsetArch), unless(auditArch, 1), give(answerKill), // numbers mean other calls there
		load(offsetCall),
	}
	if foreignCalls != 0 {
		p = append(p, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, Jf: 1, K: foreignCalls}, give(answerNone))
	}
	// clone3 hides its flags behind a pointer; without it the C library takes clone.
	p = append(p, refuseCall(call{nr: unix.SYS_CLONE3}, answerNone)...)
	if answer == answerAsk {
		for _, c := range looked() {
			p = append(p, refuseCall(c, answerAsk)...)
		}
	}
	for _, c := range refused(pid) {
		p = append(p, refuseCall(c, answer)...)
	}
	return append(p, give(answerAllow))
}

// refuseCall gives the answer to one call if its conditions hold. The number of the call is loaded before and after.
func refuseCall(c call, answer uint32) []unix.SockFilter {
	var body []unix.SockFilter
	for i, cond := range c.when {
		offset := uint32(offsetArgs + 8*cond.arg) // #nosec G115 -- six arguments
		if cond.high {
			offset += 4
		}
		// Three instructions each, then the answer, then the number is loaded again: that is where a condition that fails leads.
		rest := uint8(3*(len(c.when)-i-1) + 1) // #nosec G115 -- two conditions at most
		test := unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: cond.value}
		if cond.equal {
			test.Jf = rest
		} else {
			test.Jt = rest
		}
		body = append(body, load(offset), unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: cond.mask}, test)
	}
	body = append(body, give(answer))
	if len(c.when) > 0 {
		body = append(body, load(offsetCall))
	}
	// #nosec G115 -- a dozen instructions at most
	return append([]unix.SockFilter{{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: uint8(len(body)), K: c.nr}}, body...)
}

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

// unless skips n instructions if the value is that.
func unless(value uint32, n uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: n, K: value}
}

func give(answer uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: answer}
}
