// Package interop holds idplug against what other people wrote: service providers judge the messages that we judge, and identity providers sign
// people in to a real host. docs/reference/interop.md is printed from what was seen. Only tests enter.
package interop

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the generated blocks in docs instead of comparing them")

// npm is the folder of the lock file for node, from the root of the module.
const npm = "testing/interop/npm"

func TestMain(m *testing.M) { os.Exit(m.Run()) }
