//go:build !linux

package catalog

import "syscall"

// changeTime is not asked for here; size and time of the bytes must do.
func changeTime(*syscall.Stat_t) int64 { return 0 }
