package catalog

import (
	"context"
	"time"
)

// Rules of suspicion.
const (
	turnTime  = 50 * time.Millisecond // a suspect may take, before the next has its turn, too
	maxDeaths = 4                     // of processes under one call
)

// suspicion is what one call has seen die. An input that fells every process it comes to must fail soon, and not take down with it, again and
// again, the calls that happen to be in the same process; a call that only was in bad company, or whose process somebody killed, must not fail.
//
// So a call whose process died by itself is under suspicion and is made again when no other suspect is: the innocent ones then never meet the
// guilty one twice. It is convicted when a process dies by itself with no other call in it, and at the latest with maxDeaths of them. A killed
// process proves nothing against its calls; only after many do they take turns as well, as the kernel kills for want of memory, too.
type suspicion struct {
	byItself int // processes that died by themselves
	killed   int // that somebody ended
}

func (s *suspicion) suspected() bool { return s.byItself > 0 || s.killed >= maxDeaths }

// wait waits for the call's turn, if it needs one. end must be called after it.
func (s *suspicion) wait(ctx context.Context, turn chan struct{}) (end func(), err error) {
	if !s.suspected() {
		return func() {}, nil
	}
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	over := time.AfterFunc(turnTime, func() { <-turn })
	return func() {
		if over.Stop() {
			<-turn
		}
	}, nil
}

// death is how a process went from under a call.
type death int

const (
	wentAway       death = iota // it was replaced or removed, or nobody knows yet
	killedBySignal              // by us, an operator, or the kernel
	diedByItself
)

// saw takes in what became of the call's process and reports whether the call is to blame.
func (s *suspicion) saw(d death, alone bool) (guilty bool) {
	switch d {
	case diedByItself:
		s.byItself++
	case killedBySignal:
		s.killed++
	case wentAway:
	}
	return d == diedByItself && (s.byItself >= maxDeaths || alone && s.byItself > 1)
}
