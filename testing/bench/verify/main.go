// Command verify prints what verifying one SAML response costs: our road, crewjam/saml's ParseResponse, and the floor below which no verifier of
// the same message can go. Rounds are interleaved (A B C A B C …), the figure is CPU time of the whole process with its garbage collector, and
// ratios are taken round by round, so that what else the machine does falls on all three alike. `make bench-verify` runs it.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// contender is one way to verify the message.
type contender struct {
	name string
	once func() error
}

func main() {
	rounds := flag.Int("rounds", 9, "interleaved rounds")
	each := flag.Duration("each", 300*time.Millisecond, "CPU time of each contender in a round")
	flag.Parse()
	if err := run(*rounds, *each); err != nil {
		fmt.Fprintln(os.Stderr, "verify:", err)
		os.Exit(1)
	}
}

func run(rounds int, each time.Duration) error {
	m, err := newMessage()
	if err != nil {
		return err
	}
	floor, err := m.floor()
	if err != nil {
		return err
	}
	all := []contender{{"floor: base64, SHA-256 of both canonical forms, RSA", floor}, {"idplug: form value to assertion", m.ours()}, {"crewjam/saml ParseResponse", m.crewjam()}}
	fmt.Printf("message: %d bytes, 12 attributes, 20 groups, signed assertion, RSA-2048, SHA-256, exclusive c14n with PrefixList\n\n", m.size)
	costs := make([][]time.Duration, len(all))
	for range rounds {
		for i, c := range all {
			cost, err := cpuPerCall(c.once, each)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			costs[i] = append(costs[i], cost)
		}
	}
	fmt.Printf("%-52s %12s %22s %22s\n", "", "CPU", "times the floor", "times idplug")
	for i, c := range all {
		fmt.Printf("%-52s %12s %22s %22s\n", c.name, median(costs[i]).Round(100*time.Nanosecond), ratio(costs[i], costs[0]), ratio(costs[i], costs[1]))
	}
	return nil
}

// cpuPerCall calls once until the process has used about the CPU time given.
func cpuPerCall(once func() error, budget time.Duration) (time.Duration, error) {
	const batch = 16
	begin, calls := cpuTime(), 0
	for cpuTime()-begin < budget {
		for range batch {
			if err := once(); err != nil {
				return 0, err
			}
		}
		calls += batch
	}
	return (cpuTime() - begin) / time.Duration(calls), nil
}

// cpuTime is what the process has used so far, on all cores.
func cpuTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median[T time.Duration | float64](in []T) T {
	s := slices.Sorted(slices.Values(in))
	return s[len(s)/2]
}

// ratio is the median of the ratios of each round, with its range.
func ratio(a, b []time.Duration) string {
	rs := make([]float64, len(a))
	for i := range a {
		rs[i] = float64(a[i]) / float64(b[i])
	}
	return fmt.Sprintf("%.2f [%.2f..%.2f]", median(rs), slices.Min(rs), slices.Max(rs))
}
