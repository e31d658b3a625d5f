//go:build race

package sdktest

const slowdown = 10 // the documented range is 2 to 20: https://go.dev/doc/articles/race_detector
