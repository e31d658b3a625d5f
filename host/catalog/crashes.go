package catalog

import (
	"math/rand/v2"
	"time"
)

// Rules of restarting.
const (
	failedAfter = 3                // starts in a row that gave no manifest
	steadyAfter = 10 * time.Second // a process that lived so long starts a new count
	atOnce      = 3                // exits in a row that are followed by a start without delay
	firstDelay  = 100 * time.Millisecond
	longest     = 60 * time.Second
	longestBusy = time.Second // after a process that died while it was asked something
)

// crashes counts exits in a row of processes that answered no call. Those that at least gave a manifest are restarted for ever: one person's
// strange assertion may fell a plugin again and again, and must not take it away from everybody else.
type crashes struct {
	exits int
	mute  int // exits in a row without even a manifest
}

// hopeless reports whether another start is worth nothing.
func (c *crashes) hopeless() bool { return c.mute >= failedAfter }

// delay is how long to wait before the next start: nothing three times, so that whoever kills processes takes none away from people who sign in;
// then 0.1, 0.2, 0.4 … 60 s, with jitter of up to half, so that many plugins felled by one cause do not come back in step. A process that died
// while busy is not waited for as long: people may be asking for it again.
func (c *crashes) delay(busy bool) time.Duration {
	c.exits++
	if c.exits <= atOnce {
		return 0
	}
	d, top := longest, longest
	if busy {
		top = longestBusy
	}
	if shift := c.exits - atOnce - 1; shift < 10 {
		d = firstDelay << shift
	}
	d = min(d, top)
	return d - rand.N(d/2) // #nosec G404 -- jitter
}
