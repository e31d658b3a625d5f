package catalog

import (
	"context"
	"errors"
	"hash/maphash"
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/telemetry"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

// The methods of a plugin, as metrics name them.
const (
	methodMetadata = "metadata"
	methodProfile  = "profile"
)

// call is one question to a plugin, and how long its answer is waited for.
type call struct {
	op, method string
	limit      time.Duration
	origin     origin
	do         func(context.Context, sdk.Provider) error
}

// Metrics counts what plugins are asked.
type Metrics interface {
	// PluginCall counts one call, all its retries included. outcome is "ok", "refused" (the plugin returned an error), "cancelled" (by the
	// caller), or why there was no answer: "down", "deadline", "internal", "exhausted", "breaker_open".
	PluginCall(key, method, outcome string, took time.Duration)
}

// call makes one call: bounded in number and time, and made again when its process dies under it. Every error has the code
// [sso.ProviderUnavailable].
func (u *unit) call(ctx context.Context, c call) error {
	began := u.now()
	err := u.guarded(ctx, c)
	outcome := outcomeOf(err)
	if u.metrics != nil {
		u.metrics.PluginCall(string(u.key), c.method, outcome, u.now().Sub(began))
	}
	if err != nil {
		return sso.Refuse(c.op, sso.ProviderUnavailable, "provider", string(u.key)).Because(err)
	}
	return nil
}

var (
	errBreakerOpen = errors.New("catalog: too many calls brought no answer")
	errFells       = errors.New("catalog: the process dies of this very call")
)

func (u *unit) guarded(ctx context.Context, c call) error {
	if !u.breaker.enter(c.origin) {
		return errBreakerOpen
	}
	bounded, cancel := context.WithTimeout(ctx, u.patience(c.limit))
	defer cancel()
	err := u.answer(sdk.WithCall(bounded, sdk.Call(telemetry.CallOf(ctx))), c)
	switch outcomeOf(err) {
	case outcomeOK, outcomeRefused:
		u.breaker.leave(c.origin, answered)
	case outcomeCancelled:
		u.breaker.leave(c.origin, nothing)
	default:
		u.breaker.leave(c.origin, failed)
	}
	return err
}

// The outcomes of calls, as metrics name them.
const (
	outcomeOK        = "ok"
	outcomeRefused   = "refused"
	outcomeCancelled = "cancelled"
	outcomeDown      = "down"
	outcomeDeadline  = "deadline"
	outcomeInternal  = "internal"
	outcomeExhausted = "exhausted"
	outcomeOpen      = "breaker_open"
)

func outcomeOf(err error) string {
	var f *wire.Failure
	switch {
	case err == nil:
		return outcomeOK
	case errors.Is(err, errBreakerOpen):
		return outcomeOpen
	case errors.Is(err, context.DeadlineExceeded):
		return outcomeDeadline
	case errors.Is(err, context.Canceled):
		return outcomeCancelled
	case errors.As(err, &f):
		switch f.Kind { //nolint:exhaustive // the others are below
		case wire.Refused, wire.Unsupported:
			return outcomeRefused
		case wire.TooLarge:
			return outcomeExhausted
		case wire.Faulty, wire.Other:
			return outcomeInternal
		}
	}
	return outcomeDown
}

// answer asks the serving process, and the next one when that died, as often as the deadline allows and suspicion does not forbid. That is safe
// because calls are pure: a plugin has no state and no effects.
func (u *unit) answer(ctx context.Context, c call) error {
	select {
	case u.slots <- struct{}{}:
		defer func() { <-u.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	var s suspicion
	var left *instance
	for {
		i, err := u.serving(ctx, left)
		if err != nil {
			return err
		}
		end, err := s.wait(ctx, u.turn)
		if err != nil {
			return err
		}
		left = i
		visit, ok := i.begin(s.suspected())
		if !ok {
			end()
			continue
		}
		err = c.do(ctx, i.provider)
		down := isDown(err, i) && ctx.Err() == nil
		alone := i.end(visit, down)
		end()
		if !down {
			if ctx.Err() == nil {
				i.answered.Store(true) // a refusal is an answer, too
			}
			return err
		}
		if s.saw(i.death(ctx), alone) {
			return errors.Join(errFells, err)
		}
	}
}

// isDown reports whether a call failed because the process is gone, or going, rather than for what it was asked.
func isDown(err error, i *instance) bool {
	var f *wire.Failure
	if !errors.As(err, &f) {
		return false
	}
	select {
	case <-i.process.exited:
		return true
	default: // Cancelled, and not by the caller: its connection is being closed
		return f.Kind == wire.Down || f.Kind == wire.Cancelled
	}
}

// seed makes hashes of what people's assertions say mean nothing outside this process.
type seed struct{ maphash.Seed }

func (s seed) of(words ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(s.Seed)
	for _, w := range words {
		maphash.WriteComparable(&h, len(w))
		_, _ = h.WriteString(w)
	}
	return h.Sum64()
}

func (s seed) document(q sso.MetadataQuery) origin {
	sum := s.of(string(q.Document), q.SourceURL, q.EntityID)
	return origin{source: sum, input: sum}
}

// assertion leaves the NameID out where there are attributes: a transient one would make the same person's next try another input.
func (s seed) assertion(a sso.Assertion) origin {
	var words []string
	for _, at := range a.Attributes {
		words = append(append(words, at.Name), at.Values...)
	}
	if len(words) == 0 {
		words = []string{a.NameID.Value}
	}
	return origin{source: s.of(a.IDPEntityID), input: s.of(words...)}
}
