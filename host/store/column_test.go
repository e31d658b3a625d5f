package store

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMomentsAreExact(t *testing.T) {
	zone := time.FixedZone("there", 3600)
	for _, at := range []time.Time{
		{}, time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.UTC), time.Date(2026, 1, 2, 3, 4, 5, 1, zone), time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		got := momentOf(at).time()
		require.True(t, got.Equal(at), "%v", at)
		require.Equal(t, at.IsZero(), got.IsZero())
		require.Equal(t, time.UTC, got.Location())
	}
	// A provider may name any year; none may wrap around into the past.
	require.Equal(t, moment(math.MaxInt64), momentOf(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)))
	require.Equal(t, moment(math.MinInt64), momentOf(time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC)))
}
