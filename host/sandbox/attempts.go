package sandbox

import (
	"strings"
	"sync"
	"unicode"
)

// Bounds of what is remembered of a program's attempts.
const (
	maxAttempts = 24  // different ones; more of a kind are counted together
	maxWhat     = 200 // bytes
)

// attempts counts what a program tried and was refused.
type attempts struct {
	tell func(kind string, count int) // nil: nobody

	mu     sync.Mutex
	all    []Attempt
	counts map[string]int // by kind
}

// add counts one attempt of a kind ("file"), with its words ("open /etc/passwd").
func (a *attempts) add(kind, what string) {
	n := a.count(kind, printable(what))
	if a.tell != nil && n&(n-1) == 0 { // 1, 2, 4, 8, …
		a.tell(kind, n)
	}
}

func (a *attempts) count(kind, what string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.counts == nil {
		a.counts = map[string]int{}
	}
	a.counts[kind]++
	if !a.bump(what) {
		if rest := "more: " + kind; len(a.all) < maxAttempts {
			a.all = append(a.all, Attempt{what, 1})
		} else if !a.bump(rest) {
			a.all = append(a.all, Attempt{rest, 1}) // as many again as there are kinds
		}
	}
	return a.counts[kind]
}

func (a *attempts) bump(what string) bool {
	for i := range a.all {
		if a.all[i].What == what {
			a.all[i].Count++
			return true
		}
	}
	return false
}

func (a *attempts) list() []Attempt {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Attempt(nil), a.all...)
}

// printable makes a program's words safe to show in a terminal, and short.
func printable(s string) string {
	if len(s) > maxWhat {
		s = s[:maxWhat] + "…"
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}
