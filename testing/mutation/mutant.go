// Package mutation changes the verifier, the sign-in, what lets requests in, and the provisioning rules, one place at a time, and sees whether a test
// notices: what no test misses may be lost any day. All places of a package are compiled once with a switch each, in sources that lie over the tree's own (go build -overlay), so that
// nothing in the tree is touched and a thousand messages can be tried in one process without any one check. Only tests enter.
package mutation

import (
	"fmt"
	"path"
	"strings"
)

// Mutant is a place that can be made to do otherwise.
type Mutant struct {
	ID   int    // from 1, in the order of rooms, files and places
	At   string // "conditions.go:31"
	Text string // "!r.now.Before(r.endsAt)"
	Kind string // what is done instead, "" where a check is taken away
	room room
	nth  int // of the same kind and text in its file
}

func (m Mutant) String() string {
	if m.Kind == "" {
		return m.At + ": " + m.Text
	}
	return m.At + ": " + m.Kind + ": " + m.Text
}

// key names a mutant without its line, which moves.
func (m Mutant) key() string {
	file, _, _ := strings.Cut(m.At, ":")
	return fmt.Sprintf("%s/%s: %s %d", path.Base(m.room.dir), file, m.Text, m.nth)
}
