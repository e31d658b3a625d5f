package catalog

import (
	"math/rand/v2"
	"time"
)

// Rules of restarting.
const (
	failedAfter = 3                // starts in a row that gave no manifest
	steadyAfter = 10 * time.Second // a process that lived so long starts a new count
	firstDelay  = 500 * time.Millisecond
	longest     = 60 * time.Second
)

// crashes counts exits in a row of processes that answered no call. Those that at least gave a manifest are restarted for ever, ever later: one
// person's strange assertion may fell a plugin again and again, and must not take it away from everybody else for good.
type crashes struct {
	exits int
	mute  int // exits in a row without even a manifest
}

// hopeless reports whether another start is worth nothing.
func (c *crashes) hopeless() bool { return c.mute >= failedAfter }

// delay is how long to wait before the next start: 0, 0.5, 1, 2 … 60 s, with jitter of up to half, so that many plugins felled by one cause do
// not come back in step.
func (c *crashes) delay() time.Duration {
	c.exits++
	if c.exits == 1 {
		return 0
	}
	d := longest
	if shift := c.exits - 2; shift < 7 {
		d = min(longest, firstDelay<<shift)
	}
	return d - rand.N(d/2) // #nosec G404 -- jitter
}
