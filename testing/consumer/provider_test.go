package main

import (
	"flag"
	"testing"

	"github.com/idplug/idplug/sdk/sdktest"
)

var _ = flag.Bool("update", false, "write what the provider answers into testdata")

// TestConformance holds the provider to idplug's rules, and to the answers in testdata.
func TestConformance(t *testing.T) { sdktest.Conformance(t, Provider{}) }
