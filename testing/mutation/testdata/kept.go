package kept

import (
	"cmp"

	"github.com/idplug/idplug/testing/mutation/without"
)

func mutKept(id int) bool { return without.ID != id }
func mutLost(id int) bool { return without.ID == id }

// mutStep is a step of the road, or one that refuses nothing.
func mutStep[T any](id int, judge func() *T) func() *T {
	if mutKept(id) {
		return judge
	}
	return func() *T { return nil }
}

func mutBoth(id int, a bool, b func() bool) bool {
	if mutKept(id) {
		return a && b()
	}
	return a || b()
}

func mutEither(id int, a bool, b func() bool) bool {
	if mutKept(id) {
		return a || b()
	}
	return a && b()
}

func mutLess[T cmp.Ordered](id int, a, b T) bool    { return a < b || mutLost(id) && a == b }
func mutGreater[T cmp.Ordered](id int, a, b T) bool { return a > b || mutLost(id) && a == b }
func mutAtMost[T cmp.Ordered](id int, a, b T) bool  { return a < b || mutKept(id) && a == b }
func mutAtLeast[T cmp.Ordered](id int, a, b T) bool { return a > b || mutKept(id) && a == b }

func mutPlus[T cmp.Ordered](id int, a, b T) T {
	if mutLost(id) {
		return a
	}
	return a + b
}

type number interface {
	~int | ~int64 | ~uint64 | ~int32 | ~uint32 | ~uint8 | ~float64
}

func mutMinus[T number](id int, a, b T) T {
	if mutLost(id) {
		return a
	}
	return a - b
}

func mutTimes[T number](id int, a, b T) T {
	if mutLost(id) {
		return a
	}
	return a * b
}
