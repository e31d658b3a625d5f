// Package browser signs in with a real Chromium: what only a browser knows (SameSite, form-action, scripts under a Content-Security-Policy, focus,
// width) is tried there, through the demo and through servers on two host names, by http and https. Only tests enter.
//
// With IDPLUG_SCREENSHOTS set to a folder, every page is left there as a picture in each of its looks.
package browser

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/idplug/idplug/testing/program"
)

// theStage is what tests share, set before any of them runs.
var theStage *stage

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "idplug-browser")
	if err == nil {
		defer os.RemoveAll(dir)
		err = program.Build(context.Background(), dir, "./cmd/...", "./testing/demo")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	theStage = newStage(dir)
	code := m.Run()
	if err := theStage.close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
