package web

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

// limits slow down one kind of attempt, from one network on one account, and from one network or one site on all of them. There is none on an account
// alone: anybody could shut its owner out from anywhere.
type limits struct{ account, network, site *limiter }

// networksOfSite is how many networks' worth of attempts a site has: many offices, or a carrier's phones, of which few are wrong at once. It has 65,536
// networks, which one owner can send from in turn.
const networksOfSite = 16

func newLimits(now func() time.Time, account, network rate) limits {
	return limits{
		newLimiter(now, account.every, account.burst), newLimiter(now, network.every, network.burst),
		newLimiter(now, network.every/networksOfSite, network.burst*networksOfSite),
	}
}

// rate lets burst attempts through at once and then one in every interval.
type rate struct {
	burst int
	every time.Duration
}

const browserPurpose = "browser"

// What one network may do. An office behind one address must get in on a Monday morning; a program that tries a list must not get far.
var (
	passwordsOfAccount = rate{10, 6 * time.Second}
	passwordsOfNetwork = rate{60, 6 * time.Second} // wrong ones: a right one does not count
	lookupsOfAccount   = rate{30, time.Second}
	lookupsOfNetwork   = rate{300, time.Second / 2}
	resetsOfAccount    = rate{5, 2 * time.Minute}
	resetsOfNetwork    = rate{60, 10 * time.Second}
	refusalsOfNetwork  = rate{300, time.Second / 5} // sign-in answers, and logout messages, but for the first one to each login or logout that was started
	answersOfFlow      = rate{1, login.FlowTTL}
)

// attempt counts an attempt on an account. An attempt that turns out well is taken back by calling succeeded. The error is a refusal that
// tells when to try again.
func (s *Server) attempt(c echo.Context, l limits, account string) (succeeded func(), err error) {
	known, ok := s.knownBrowser(c, account)
	if ok { // whatever others do from the same network, and for themselves alone
		return func() { l.account.giveBack(known) }, s.count(c, l.account, known)
	}
	one := account + "|" + network(s.clients.address(c.Request()))
	if err := s.count(c, l.account, one); err != nil {
		return nil, err
	}
	giveBack, err := s.countFrom(c, l)
	if err != nil {
		l.account.giveBack(one)
		return nil, err
	}
	return func() { l.account.giveBack(one); giveBack() }, nil
}

// countFrom counts an attempt of the network and the site that it comes from.
func (s *Server) countFrom(c echo.Context, l limits) (giveBack func(), err error) {
	a := s.clients.address(c.Request())
	from, around := network(a), site(a)
	if err := s.count(c, l.network, from); err != nil {
		return nil, err
	}
	if around == "" {
		return func() { l.network.giveBack(from) }, nil
	}
	if err := s.count(c, l.site, around); err != nil {
		l.network.giveBack(from)
		return nil, err
	}
	return func() { l.network.giveBack(from); l.site.giveBack(around) }, nil
}

// knowBrowser remembers in the browser that its person has the account, which nobody but us can write there.
func (s *Server) knowBrowser(c echo.Context, account string) error {
	sealed, err := s.o.Seal.Seal(browserPurpose, []byte(account), nil)
	if err != nil {
		return err
	}
	s.setCookie(c, browserCookie, base64.RawURLEncoding.EncodeToString(sealed), knownFor, lax)
	return nil
}

// knownBrowser is the key of a browser that has signed in to the account before.
func (s *Server) knownBrowser(c echo.Context, account string) (key string, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(s.cookie(c, browserCookie))
	if err != nil || len(sealed) == 0 {
		return "", false
	}
	_, err = s.o.Seal.Open(browserPurpose, []byte(account), sealed)
	return string(sealed), err == nil
}

// count takes one attempt of a key, or refuses.
func (s *Server) count(c echo.Context, l *limiter, key string) error { return mustWait(c, l.take(key)) }

// spent is how long a network, or its site, has no attempt left; nothing is counted. Whoever has none need not be read.
func (s *Server) spent(c echo.Context, l limits) (wait time.Duration) {
	a := s.clients.address(c.Request())
	wait = l.network.wait(network(a))
	if around := site(a); around != "" {
		wait = max(wait, l.site.wait(around))
	}
	return wait
}

// mustWait refuses where there is something to wait for.
func mustWait(c echo.Context, wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	return sso.Refuse("web.limit", sso.TooManyRequests)
}

// maxLimited bounds the memory of a limiter.
const maxLimited = 10_000

// limiter counts attempts by key, in memory: each node for itself.
type limiter struct {
	now   func() time.Time
	every time.Duration
	burst int

	mu   sync.Mutex
	keys map[string]time.Time // when all attempts will be back (the generic cell rate algorithm)
}

func newLimiter(now func() time.Time, every time.Duration, burst int) *limiter {
	return &limiter{now: now, every: every, burst: burst, keys: map[string]time.Time{}}
}

// take counts an attempt. It returns 0, or how long until there is one: that one was not counted.
func (l *limiter) take(key string) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.keys[key]; !ok {
		l.makeRoom(l.now())
	}
	back, wait := l.next(key)
	if wait <= 0 {
		l.keys[key] = back
	}
	return max(wait, 0)
}

// wait is what take would return. It counts nothing.
func (l *limiter) wait(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, wait := l.next(key)
	return max(wait, 0)
}

// next is when all attempts are back after one more, and how long until that one may be.
func (l *limiter) next(key string) (back time.Time, wait time.Duration) {
	now := l.now()
	if back = l.keys[key]; back.Before(now) {
		back = now
	}
	back = back.Add(l.every)
	return back, back.Sub(now) - time.Duration(l.burst)*l.every
}

func (l *limiter) giveBack(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if back, ok := l.keys[key]; ok {
		l.keys[key] = back.Add(-l.every)
	}
}

// makeRoom forgets keys that have all their attempts back, and, when there are none, the half that will have them back first: a flood of keys that
// are used once frees nobody who tries hard.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.keys) < maxLimited {
		return
	}
	times := make([]time.Time, 0, len(l.keys))
	for key, back := range l.keys {
		if !back.After(now) {
			delete(l.keys, key)
			continue
		}
		times = append(times, back)
	}
	if len(l.keys) <= maxLimited/2 {
		return
	}
	slices.SortFunc(times, time.Time.Compare)
	last := times[len(times)-maxLimited/2]
	for key, back := range l.keys {
		if !back.After(last) {
			delete(l.keys, key)
		}
	}
}
