//go:build linux && (amd64 || arm64)

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"
	"golang.org/x/time/rate"
)

// A program that keeps trying waits for its answers: refusals past the first few are given at this rate, so that they cost the host little.
const (
	freeRefusals   = 256
	refusalsPerSec = 100
)

// watch answers the kernel's questions about the calls of one process.
type watch struct {
	attempts attempts
	kind     kind
	file     *os.File // the listener
	limit    *rate.Limiter
	ctx      context.Context //nolint:containedctx // of the process's life; ends the waits for answers
	stop     context.CancelFunc
	serves   atomic.Bool
	started  bool // it has become a program; of the answering goroutine alone
	made     int  // files in its own folder
}

// newWatch watches until close.
func newWatch(fd int, k kind, tell func(kind string, count int)) *watch {
	_ = unix.SetNonblock(fd, true) // so that the runtime waits for it, and no thread
	unix.CloseOnExec(fd)
	w := &watch{kind: k, file: os.NewFile(uintptr(fd), "seccomp"), limit: rate.NewLimiter(refusalsPerSec, freeRefusals)}
	w.attempts.tell = tell
	w.ctx, w.stop = context.WithCancel(context.Background())
	go w.answer()
	return w
}

func (w *watch) serving() { w.serves.Store(true) }

// close ends the watch. The process is gone, or every question that it has is answered with ENOSYS.
func (w *watch) close() {
	w.stop()
	_ = w.file.Close()
}

// The structures of seccomp_unotify(2).
type (
	question struct {
		id   uint64
		pid  uint32 // of the thread, as the host sees it
		_    uint32 // flags
		nr   int32
		_    uint32 // architecture, which the filter has looked at
		_    uint64 // instruction
		args [6]uint64
	}
	answer struct {
		id    uint64
		_     int64 // value
		errno int32
		flags uint32
	}
)

// answer answers until the watch is closed or nobody is left to ask.
func (w *watch) answer() {
	raw, err := w.file.SyscallConn()
	if err != nil {
		return
	}
	for {
		var q question
		asked := false
		err := raw.Read(func(fd uintptr) bool {
			var over bool
			asked, over = next(fd, &q)
			return asked || over
		})
		if err != nil || !asked {
			return
		}
		a := answer{id: q.id, errno: -int32(unix.EACCES)}
		if what, kind, refused := contained(q, w.judge); !refused {
			a.errno, a.flags = 0, unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE
		} else if what != "" {
			w.attempts.add(kind, what)
			if w.limit.Wait(w.ctx) != nil {
				return
			}
		}
		_ = raw.Control(func(fd uintptr) { _ = ioctl(fd, unix.SECCOMP_IOCTL_NOTIF_SEND, &a) }) // a caller that died needs no answer
	}
}

// contained judges a question. Words of a program that make us panic end no host: it is refused, and that is shown with its attempts.
func contained(q question, judge func(question) (what, kind string, refuse bool)) (what, kind string, refuse bool) {
	defer func() {
		if value := recover(); value != nil {
			what, kind, refuse = fmt.Sprintf("call %d, which could not be judged: %v", q.nr, value), kindKernel, true
		}
	}()
	return judge(q)
}

// next takes a question if there is one; over says that nobody is left to ask.
func next(fd uintptr, q *question) (asked, over bool) {
	for {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}} // #nosec G115 -- a descriptor
		if _, err := unix.Poll(poll, 0); errors.Is(err, unix.EINTR) {
			continue
		}
		switch {
		case poll[0].Revents&unix.POLLIN != 0:
			*q = question{} // the kernel wants zeros
			// If the caller dies in this very moment, kernels before 6.11 let us wait here for the next one.
			if ioctl(fd, unix.SECCOMP_IOCTL_NOTIF_RECV, q) == nil {
				return true, false
			}
		case poll[0].Revents != 0:
			return false, true
		default:
			return false, false
		}
	}
}

// valid reports whether the caller still waits: what was read of its memory is its own only then.
func (w *watch) valid(q question) bool {
	raw, err := w.file.SyscallConn()
	if err != nil {
		return false
	}
	valid := false
	_ = raw.Control(func(fd uintptr) { valid = ioctl(fd, unix.SECCOMP_IOCTL_NOTIF_ID_VALID, &q.id) == nil })
	return valid
}
