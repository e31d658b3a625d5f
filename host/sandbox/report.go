package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Mode says what to do about a program that cannot be shut in completely.
type Mode string

// The modes; "" = auto.
const (
	Auto   Mode = "auto"   // whatever is granted
	Strict Mode = "strict" // everything, or the program does not start
	Off    Mode = "off"    // a process of its own, and nothing more
)

// Level is how far a process is shut in, in one word.
type Level string

// The levels, least first.
const (
	LevelOff     Level = "off"     // switched off: a process group of its own that dies with the host, no input, only the environment it is given
	LevelBasic   Level = "basic"   // and limits where the system has them, but no shim
	LevelPartial Level = "partial" // some steps of the shim; [Report.Missing] names the others
	LevelFull    Level = "full"    // every step
)

// Step is one part of the sandbox.
type Step string

// The steps. StepShim and StepStatic are conditions of the others: that there is a shim, and that the program needs no file of the system.
const (
	StepShim       Step = "shim"
	StepStatic     Step = "static"
	StepLimits     Step = "limits"
	StepNamespaces Step = "namespaces"
	StepRoot       Step = "root"
	StepLandlock   Step = "landlock"
	StepUser       Step = "user"
	StepSeccomp    Step = "seccomp"
)

// Missing is a step that was not taken, and why.
type Missing struct {
	Step Step   `json:"step"`
	Why  string `json:"why"` // fit to show
}

// Attempt is something that the program tried and was refused.
type Attempt struct {
	What  string `json:"what"` // printable, at most [maxWhat] bytes; part of it is the program's own words
	Count int    `json:"count"`
}

// Report says how far a process is shut in, and what it tried so far.
type Report struct {
	Level   Level
	Missing []Missing
	Refused []Attempt // in the order of first attempts
}

// ErrNotStrict is part of the error of a start in mode [Strict] that would have left a step out.
var ErrNotStrict = errors.New("the sandbox is strict")

// explain makes the error of a strict start; nil when nothing is missing.
func explain(missing []Missing) error {
	if len(missing) == 0 {
		return nil
	}
	parts := make([]string, len(missing))
	for i, m := range missing {
		parts[i] = fmt.Sprintf("%s (%s)", m.Step, m.Why)
	}
	return fmt.Errorf("%w, and would be without: %s", ErrNotStrict, strings.Join(parts, "; "))
}

// levelOf is the level of a process that a shim started.
func levelOf(missing []Missing) Level {
	switch {
	case len(missing) == 0:
		return LevelFull
	case slices.ContainsFunc(missing, func(m Missing) bool { return m.Step == StepShim }):
		return LevelBasic
	default:
		return LevelPartial
	}
}
