package sdktest

import (
	"context"
	"time"

	"github.com/idplug/idplug/sdk"
)

// Subject is a provider under test: a value in this process, or the client of a plugin in another.
type Subject struct {
	Provider sdk.Provider
	Key      string        // what the binary's name says the key is; "" when there is no binary
	Log      func() string // what the plugin has logged until now; nil when nobody listens
}

// Check is one rule that every provider keeps. Run returns nil if it does, else what was seen; checks do not depend on each other.
type Check struct {
	ID   string // stable: "profile.provenance"
	Rule string // the rule in one sentence
	Run  func(ctx context.Context, s Subject) error
}

// How long the host waits for each call; under the race detector longer by what that costs, which is no fault of a provider's.
const (
	metadataTimeout = 5 * time.Second * slowdown
	profileTimeout  = 2 * time.Second * slowdown
)

// Checks returns all checks in the order in which they are best read.
func Checks() []Check {
	return append(append(manifestChecks(), metadataChecks()...), profileChecks()...)
}

func metadata(ctx context.Context, s Subject, r sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	ctx, cancel := context.WithTimeout(ctx, metadataTimeout)
	defer cancel()
	return s.Provider.Metadata(ctx, &r)
}

func profile(ctx context.Context, s Subject, r sdk.ProfileRequest) (*sdk.Profile, error) {
	ctx, cancel := context.WithTimeout(ctx, profileTimeout)
	defer cancel()
	return s.Provider.(sdk.Provisioner).Profile(ctx, &r)
}
