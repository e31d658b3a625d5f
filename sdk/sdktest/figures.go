package sdktest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/idplug/idplug/sdk"
)

// Figures are what a run has measured on the way. They are printed and never judged: they depend on the machine.
type Figures struct {
	Size     int64         `json:"size_bytes"`
	Start    time.Duration `json:"start_ns"` // to the manifest
	Metadata Latency       `json:"metadata"`
	Profile  Latency       `json:"profile"`      // zero where no profiles are read
	Memory   int64         `json:"memory_bytes"` // resident, after all calls; 0 where it cannot be seen
}

// Latency is how long calls take, asked one after the other over the socket.
type Latency struct {
	Calls int           `json:"calls"`
	P50   time.Duration `json:"p50_ns"`
	P99   time.Duration `json:"p99_ns"`
}

func (s *suite) measure(ctx context.Context, f *Figures) {
	document := []byte(fmt.Sprintf(oneEntity, 1))
	f.Metadata = latency(func() error {
		_, err := s.metadata(ctx, sdk.MetadataRequest{Document: document})
		return err
	})
	if s.readsProfiles() {
		r := person(s.provider.Manifest(), 3)
		f.Profile = latency(func() error {
			_, err := s.profile(ctx, r)
			return err
		})
	}
	f.Memory, _ = s.process.resident()
}

// latency makes a thousand calls, fewer if they take more than a second together or one fails.
func latency(call func() error) Latency {
	const most, long = 1000, time.Second
	var took []time.Duration
	for began := time.Now(); len(took) < most && time.Since(began) < long; { //nolint:forbidigo // real time is what is measured
		start := time.Now() //nolint:forbidigo // the same
		if call() != nil {
			break
		}
		took = append(took, time.Since(start)) //nolint:forbidigo // the same
	}
	if len(took) == 0 {
		return Latency{}
	}
	slices.Sort(took)
	return Latency{Calls: len(took), P50: took[len(took)/2], P99: took[len(took)*99/100]}
}
