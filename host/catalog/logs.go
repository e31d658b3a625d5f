package catalog

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"golang.org/x/time/rate"
)

// Limits of what a plugin may write to standard error.
const (
	maxLine       = 8 << 10 // bytes; the rest of a longer line is dropped
	linesPerSec   = 200
	lastLines     = 5
	lastLineBytes = 300
)

// logs reads a plugin's standard error, line by line, bounded in length and rate. Lines go to the host's log at debug level, or at the level
// that a structured line names; the last few are kept for the reason of a failed start.
type logs struct {
	log  *slog.Logger
	done chan struct{} // closed at the end of the stream

	dropped *atomic.Int64 // by all processes of the plugin

	starved atomic.Bool // it said that it was out of memory

	mu   sync.Mutex
	last []string
}

// outOfMemory are the last words of programs that were refused memory, in Go and Python and C++.
var outOfMemory = []string{"runtime: out of memory", "fatal error: out of memory", "runtime: cannot allocate memory", "MemoryError", "std::bad_alloc"}

func newLogs(log *slog.Logger, dropped *atomic.Int64) *logs {
	return &logs{log: log, dropped: dropped, done: make(chan struct{})}
}

func (l *logs) read(r io.ReadCloser) {
	defer close(l.done)
	defer func() { _ = r.Close() }()
	limit := rate.NewLimiter(linesPerSec, linesPerSec)
	lines := bufio.NewReaderSize(r, maxLine)
	for {
		line, more, err := lines.ReadLine()
		if err != nil {
			return
		}
		text := strings.ToValidUTF8(string(line), "\uFFFD")
		for more && err == nil { // skip the rest of a line that is too long
			_, more, err = lines.ReadLine()
		}
		l.take(text, limit.Allow())
	}
}

// take keeps a line and passes it on. A line that makes it panic is one plugin's words, and no reason to end the host.
func (l *logs) take(line string, passOn bool) {
	defer func() {
		if value := recover(); value != nil {
			l.log.Error("a plugin's line could not be read", "panic", fmt.Sprint(value), "stack", string(debug.Stack()))
		}
	}()
	l.keep(line)
	if passOn {
		l.write(line)
	} else {
		l.drop()
	}
}

func (l *logs) keep(line string) {
	if line = strings.TrimSpace(line); line == "" {
		return
	}
	if slices.ContainsFunc(outOfMemory, func(words string) bool { return strings.Contains(line, words) }) {
		l.starved.Store(true)
	}
	if len(line) > lastLineBytes {
		line = cut(line, lastLineBytes) + "…"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last = append(l.last, line); len(l.last) > lastLines {
		l.last = l.last[1:]
	}
}

func (l *logs) drop() {
	if n := l.dropped.Add(1); n&(n-1) == 0 { // 1, 2, 4, 8, …
		l.log.Warn("plugin log lines dropped", "dropped", n)
	}
}

// tail is what the plugin said last; for a process that has just died it waits a moment for its last words.
func (l *logs) tail() string {
	select {
	case <-l.done:
	case <-time.After(100 * time.Millisecond):
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.last, " / ")
}

// write passes a line on. The level is taken from structured lines only, and their other fields are passed as one string: nothing of a
// plugin's output is interpreted further.
func (l *logs) write(line string) {
	var structured struct {
		Level slog.Level `json:"level"`
	}
	tell := l.log.Debug
	if json.Unmarshal([]byte(line), &structured) == nil {
		switch {
		case structured.Level >= slog.LevelError:
			tell = l.log.Error
		case structured.Level >= slog.LevelWarn:
			tell = l.log.Warn
		}
	}
	tell("plugin says", "line", line)
}

// refused tells what kind of thing the sandbox kept the plugin from doing, at the first, second, fourth … time. What it was is shown to operators
// and not logged: the words are the plugin's, and it knows people's data.
func (l *logs) refused(kind string, count int) {
	l.log.Warn("plugin refused by the sandbox", "kind", kind, "count", count)
}

// maxReason bounds, in bytes, what an operator is told about a plugin.
const maxReason = 2 << 10

// printable makes a plugin's words safe to show in a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, cut(s, maxReason))
}

// cut shortens a text to at most n bytes of whole characters.
func cut(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}
