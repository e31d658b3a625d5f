// Package program builds this module's programs and runs them as real processes, for tests that watch the product from outside. Only tests enter.
package program
