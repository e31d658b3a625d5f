package web

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxLimited bounds the memory of a limiter. Whoever fills it to be forgotten has spent that many requests.
const maxLimited = 10_000

// limiter slows down attempts by key, in memory: each node counts for itself.
type limiter struct {
	now   func() time.Time
	every rate.Limit
	burst int

	mu   sync.Mutex
	keys map[string]*rate.Limiter
}

// newLimiter lets burst attempts through at once and then one in every interval.
func newLimiter(now func() time.Time, interval time.Duration, burst int) *limiter {
	return &limiter{now: now, every: rate.Every(interval), burst: burst, keys: map[string]*rate.Limiter{}}
}

func (l *limiter) allow(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	one, ok := l.keys[key]
	if !ok {
		l.makeRoom(now)
		one = rate.NewLimiter(l.every, l.burst)
		l.keys[key] = one
	}
	return one.AllowN(now, 1)
}

// makeRoom forgets keys that have all their attempts back, and, when there are none, half of the others.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.keys) < maxLimited {
		return
	}
	for key, one := range l.keys {
		if one.TokensAt(now) >= float64(l.burst) {
			delete(l.keys, key)
		}
	}
	for key := range l.keys {
		if len(l.keys) <= maxLimited/2 {
			return
		}
		delete(l.keys, key)
	}
}
