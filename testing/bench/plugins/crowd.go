package main

import (
	"context"
	"sync"
	"time"

	"github.com/idplug/idplug/testing/plugins"
)

// crowd is people who sign in for the first time, again and again.
type crowd struct {
	stop  context.CancelFunc
	group sync.WaitGroup

	mu       sync.Mutex
	took     []time.Duration
	outcomes map[outcome]int
}

// outcome is what may become of a first sign-in: all zero for a session of the right person.
type outcome struct {
	code  string // of a refusal; "none" for one without
	wrong string // of a session
	lost  string // no answer
}

func gather(ctx context.Context, s *plugins.Site, tenant string, n int) *crowd {
	ctx, stop := context.WithCancel(ctx)
	c := &crowd{stop: stop, outcomes: map[outcome]int{}}
	for range n {
		c.group.Go(func() {
			for ctx.Err() == nil {
				c.note(s.SignIn(context.WithoutCancel(ctx), tenant))
			}
		})
	}
	return c
}

func (c *crowd) note(o plugins.Outcome, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.took = append(c.took, o.Took)
	switch {
	case err != nil:
		c.outcomes[outcome{lost: err.Error()}]++
	case o.SignedIn():
		c.outcomes[outcome{}]++
	case o.Wrong != "":
		c.outcomes[outcome{wrong: o.Wrong}]++
	case o.Code == "":
		c.outcomes[outcome{code: "none"}]++
	default:
		c.outcomes[outcome{code: o.Code}]++
	}
}

// await waits until n more have come through.
func (c *crowd) await(ctx context.Context, n int) error {
	for end := c.through() + n; c.through() < end; pause(ctx, time.Millisecond) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

func (c *crowd) through() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.took)
}

// leave waits until the last of them is through.
func (c *crowd) leave() {
	c.stop()
	c.group.Wait()
}
