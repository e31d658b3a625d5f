//go:build !race

package sdktest

const slowdown = 1
