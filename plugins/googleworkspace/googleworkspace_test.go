package googleworkspace_test

import (
	"testing"

	"github.com/idplug/idplug/plugins/googleworkspace"
	"github.com/idplug/idplug/sdk/sdktest"
)

func TestConformance(t *testing.T) { sdktest.Conformance(t, googleworkspace.Provider{}) }
