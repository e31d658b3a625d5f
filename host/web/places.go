package web

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/sso"
)

// Bounds of bodies of strangers that are in reading at once. One of a sign-in answer holds up to 1 MiB, for as long as readTimeout lets it dawdle; an
// honest one is here within a blink, so that an office behind one address seldom waits for a place.
const (
	readingOfNetwork = 16
	readingOfSite    = 64
	readingInAll     = 256
)

// seating has places that are taken by key, a bounded number by each and in all.
type seating struct {
	all chan struct{}

	mu   sync.Mutex
	keys map[string]*queue
}

// queue are the places of one key. It is kept while somebody has one or waits.
type queue struct {
	free  chan struct{}
	users int
}

func newSeating(all int) *seating {
	return &seating{all: make(chan struct{}, all), keys: map[string]*queue{}}
}

// strangers lets a body of somebody who has not shown who they are take its place when it begins to be read, and give it back when it is read or
// refused.
func (s *Server) strangers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		body := &placed{ReadCloser: r.Body, enter: func() (func(), bool) {
			return s.reading.enter(r.Context(), seatsOf(s.clients.address(r)))
		}}
		r.Body = body
		defer body.leave()
		return next(c)
	}
}

// seatsOf are the places that a body from an address takes.
func seatsOf(a netip.Addr) []seat {
	seats := []seat{{network(a), readingOfNetwork}}
	if around := site(a); around != "" {
		seats = append(seats, seat{around, readingOfSite})
	}
	return seats
}

// placed is a body that takes its place at the first read.
type placed struct {
	io.ReadCloser
	enter func() (leave func(), ok bool)
	left  func() // nil before
}

func (p *placed) Read(into []byte) (int, error) {
	if p.left == nil {
		left, ok := p.enter()
		if !ok {
			return 0, sso.Refuse("web.body", sso.Overloaded)
		}
		p.left = sync.OnceFunc(left)
	}
	n, err := p.ReadCloser.Read(into)
	if err != nil {
		p.left()
	}
	return n, err
}

func (p *placed) leave() {
	if p.left != nil {
		p.left()
	}
}

// unread is the refusal of a body that could not be read: its own where reading it was refused.
func unread(err error, refusal *sso.Error) error {
	if own, ok := errors.AsType[*sso.Error](err); ok {
		return own
	}
	return refusal.Because(err)
}

// seat is a place of a key, of which there are most.
type seat struct {
	key  string
	most int
}

// enter waits, at most as [enter] does, for a place of each seat and one of all; ok is false where one of them did not come free.
func (p *seating) enter(ctx context.Context, seats []seat) (leave func(), ok bool) {
	var left []func()
	leave = func() {
		for _, f := range left {
			f()
		}
	}
	for _, s := range seats {
		q := p.queue(s)
		leaveOne, ok := enter(ctx, q.free)
		if !ok {
			p.leave(s.key)
			leave()
			return nil, false
		}
		left = append(left, func() { leaveOne(); p.leave(s.key) })
	}
	leaveAll, ok := enter(ctx, p.all)
	if !ok {
		leave()
		return nil, false
	}
	left = append(left, leaveAll)
	return leave, true
}

func (p *seating) queue(s seat) *queue {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.keys[s.key]
	if q == nil {
		q = &queue{free: make(chan struct{}, s.most)}
		p.keys[s.key] = q
	}
	q.users++
	return q
}

func (p *seating) leave(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.keys[key]
	if q.users--; q.users == 0 {
		delete(p.keys, key)
	}
}
