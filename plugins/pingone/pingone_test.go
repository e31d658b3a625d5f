package pingone_test

import (
	"flag"
	"testing"

	"github.com/idplug/idplug/plugins/pingone"
	"github.com/idplug/idplug/sdk/sdktest"
)

var _ = flag.Bool("update", false, "write the golden files in testdata")

func TestConformance(t *testing.T) { sdktest.Conformance(t, pingone.Provider{}) }
