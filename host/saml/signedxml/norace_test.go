//go:build !race

package signedxml_test

const slowdown = 1
