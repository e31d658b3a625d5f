package pingone_test

import (
	"testing"

	"github.com/idplug/idplug/plugins/pingone"
	"github.com/idplug/idplug/sdk/sdktest"
)

func TestConformance(t *testing.T) { sdktest.Conformance(t, pingone.Provider{}) }
