package web

import (
	"context"
	"time"
)

// passwordTime is how long an answer to a password without an organisation takes, or twice that, and so on: some comparisons' worth. How many
// organisations an address leads to is how many passwords were compared, which must not be read off a clock.
const passwordTime = time.Second

// pace begins to count time. until waits for its next whole multiple of every, or for the end of the request.
func pace(ctx context.Context, every time.Duration) (until func()) {
	beats := time.NewTicker(every)
	return func() {
		defer beats.Stop()
		select {
		case <-beats.C: // the work took longer than one
		default:
		}
		select {
		case <-beats.C:
		case <-ctx.Done():
		}
	}
}
