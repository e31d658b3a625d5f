package catalog

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhoIsToBlameForDeadProcesses(t *testing.T) {
	type seen struct {
		death
		alone bool
	}
	for name, c := range map[string]struct {
		seen   []seen
		guilty bool
	}{
		"one death, alone":                  {[]seen{{diedByItself, true}}, false},
		"two deaths in company":             {[]seen{{diedByItself, false}, {diedByItself, false}}, false},
		"two deaths, alone in the last":     {[]seen{{diedByItself, false}, {diedByItself, true}}, true},
		"alone in the first, not the last":  {[]seen{{diedByItself, true}, {diedByItself, false}}, false},
		"always there, if never alone":      {[]seen{{diedByItself, false}, {diedByItself, false}, {diedByItself, false}, {diedByItself, false}}, true},
		"killed by others, however often":   {[]seen{{killedBySignal, true}, {killedBySignal, true}, {killedBySignal, true}, {killedBySignal, true}, {killedBySignal, true}}, false},
		"replaced under it, however often":  {[]seen{{wentAway, true}, {wentAway, true}, {wentAway, true}, {wentAway, true}, {wentAway, true}}, false},
		"killed by others, then by its own": {[]seen{{killedBySignal, true}, {diedByItself, true}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var s suspicion
			guilty := false
			for _, d := range c.seen {
				require.False(t, guilty)
				guilty = s.saw(d.death, d.alone)
			}
			require.Equal(t, c.guilty, guilty)
		})
	}
}

func TestSuspectsTakeTurnsAndOthersDoNotWait(t *testing.T) {
	turn := make(chan struct{}, 1)
	accused := suspicion{byItself: 1}
	end, err := accused.wait(t.Context(), turn)
	require.NoError(t, err)
	var free suspicion
	endFree, err := free.wait(t.Context(), turn)
	require.NoError(t, err)
	endFree()

	gaveUp, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = (&suspicion{killed: maxDeaths}).wait(gaveUp, turn)
	require.ErrorIs(t, err, context.Canceled, "its turn has not come")
	end()
	end, err = accused.wait(t.Context(), turn)
	require.NoError(t, err)
	next, err := (&suspicion{byItself: 1}).wait(t.Context(), turn) // the first one takes its time, and the turn passes on
	require.NoError(t, err)
	end()
	require.Len(t, turn, 1, "who has no turn any more gives none back")
	next()
	require.Empty(t, turn)
}

func TestASuspectIsNotBlamedForADeathBeforeIt(t *testing.T) {
	i := newInstance("sum")
	v, ok := i.begin(false)
	require.True(t, ok)
	require.True(t, i.end(v, true), "alone, and it found the process dead")
	_, ok = i.begin(true)
	require.False(t, ok)
	_, ok = i.begin(false)
	require.True(t, ok, "nobody else is kept from asking")

	busy := newInstance("sum")
	first, _ := busy.begin(false)
	second, _ := busy.begin(false)
	require.False(t, busy.end(first, false), "somebody came in")
	require.False(t, busy.end(second, false), "somebody was there")
	third, _ := busy.begin(false)
	require.True(t, busy.end(third, false))
	busy.leave()
	_, ok = busy.begin(false)
	require.False(t, ok)
}
