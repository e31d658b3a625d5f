package sdktest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/idplug/idplug/sdk"
)

// Check is one rule that every provider keeps. Checks do not depend on each other's order; where one says nothing without another, it is skipped when
// that one fails.
type Check struct {
	ID   string // stable: "profile.provenance"
	Rule string // the rule in one sentence
	Fix  string // how to mend what breaks it

	needs  string // the check without which this one says nothing
	binary bool   // it is about a process, not about answers
	run    func(ctx context.Context, s *subject) error
}

// page is where every rule is explained, one heading each.
const page = "https://github.com/idplug/idplug/blob/main/docs/reference/conformance.md"

// Docs returns the address of the page that explains the rule.
func (c Check) Docs() string { return page + "#" + strings.ReplaceAll(c.ID, ".", "") }

// Checks returns all checks in the order in which they are best read. Those whose ID begins with "process" are for binaries only.
func Checks() []Check {
	var all []Check
	for _, some := range [][]Check{startChecks(), manifestChecks(), metadataChecks(), profileChecks(), goldenChecks(), processChecks()} {
		all = append(all, some...)
	}
	return all
}

// subject is a provider under test: a value in this process, or the client of a plugin in another.
type subject struct {
	provider sdk.Provider
	key      string                       // what the binary's name says the key is; "" when there is no binary
	manifest func() (sdk.Manifest, error) // asked again, where a client remembers it
	log      func() string                // what the plugin has logged until now, the last part if that is much
	golden   golden
	suite    *suite      // the binary; nil for a value in this process
	process  *process    // of the suite, whose client provider is
	spoiled  atomic.Bool // a call failed: the process may be dying
}

// skipped is why a check says nothing about this provider. It is an error only so that a check can return it.
type skipped string

func (s skipped) Error() string { return string(s) }

// Outcome is what became of a check.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped" // it does not apply, or could not be made here; Seen says why
)

// Result is one check's answer. Its JSON form only grows.
type Result struct {
	Check   string        `json:"check"`
	Rule    string        `json:"rule"`
	Outcome Outcome       `json:"outcome"`
	Seen    string        `json:"seen,omitempty"` // what was seen, a line each; or why it was skipped
	Fix     string        `json:"fix,omitempty"`  // of a failure
	Docs    string        `json:"docs"`
	Took    time.Duration `json:"-"`
}

// judge makes one check, unless the one it needs has failed.
func (c Check) judge(ctx context.Context, s *subject, failed map[string]bool) Result {
	r := Result{Check: c.ID, Rule: c.Rule, Outcome: Passed, Docs: c.Docs()}
	for _, needed := range []string{startID, c.needs} {
		if failed[needed] {
			failed[c.ID] = true
			r.Outcome, r.Seen = Skipped, needed+" failed"
			return r
		}
	}
	began := time.Now() //nolint:forbidigo // how long it took is for people to read
	err := c.run(ctx, s)
	r.Took = time.Since(began) //nolint:forbidigo // the same
	var why skipped
	switch {
	case errors.As(err, &why):
		r.Outcome, r.Seen = Skipped, string(why)
	case err != nil:
		failed[c.ID] = true
		r.Outcome, r.Seen, r.Fix = Failed, few(err.Error()), c.Fix
	}
	return r
}

// few keeps what a person reads: findings tend to be alike.
func few(seen string) string {
	const most = 8
	lines := strings.Split(seen, "\n")
	if len(lines) > most {
		lines = append(lines[:most], fmt.Sprintf("and %d more", len(lines)-most))
	}
	for i, line := range lines {
		lines[i] = clip(line, 400)
	}
	return strings.Join(lines, "\n")
}

func clip(s string, most int) string {
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "")
}

// How long the host waits for each call; under the race detector longer by what that costs, which is no fault of a provider's.
const (
	metadataTimeout = 5 * time.Second * slowdown
	profileTimeout  = 2 * time.Second * slowdown
)

func (s *subject) metadata(ctx context.Context, r sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	ctx, cancel := context.WithTimeout(ctx, metadataTimeout)
	defer cancel()
	advice, err := s.provider.Metadata(ctx, &r)
	s.noted(err)
	return advice, err
}

// profile may be called where the provider reads profiles only.
func (s *subject) profile(ctx context.Context, r sdk.ProfileRequest) (*sdk.Profile, error) {
	ctx, cancel := context.WithTimeout(ctx, profileTimeout)
	defer cancel()
	p, err := s.provider.(sdk.Provisioner).Profile(ctx, &r)
	s.noted(err)
	return p, err
}

func (s *subject) noted(err error) {
	if err != nil {
		s.spoiled.Store(true)
	}
}

func (s *subject) readsProfiles() bool {
	_, reads := s.provider.(sdk.Provisioner)
	return reads
}

func named(name string, err error) error {
	if err == nil {
		return nil
	}
	return &naming{name, err}
}

// naming says of which of many questions an error speaks; each of its lines then begins with the name.
type naming struct {
	name string
	err  error
}

func (n *naming) Error() string {
	return n.name + ": " + strings.ReplaceAll(n.err.Error(), "\n", "\n"+n.name+": ")
}

func (n *naming) Unwrap() error { return n.err }
