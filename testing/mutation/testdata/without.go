// Package without says which mutant lives. It lies over the tree only while testing/mutation runs.
package without

import (
	"os"
	"strconv"
)

// ID is the mutant, 0 when none lives.
var ID, _ = strconv.Atoi(os.Getenv("IDPLUG_MUTANT"))
