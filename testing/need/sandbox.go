package need

import "testing"

// Whole wants a kernel that grants the whole sandbox. A container often does not: lacks says what is missing, "" if nothing is.
func Whole(t testing.TB, lacks string) {
	t.Helper()
	if lacks != "" {
		missing(t, "the kernel does not grant the whole sandbox: "+lacks)
	}
}
