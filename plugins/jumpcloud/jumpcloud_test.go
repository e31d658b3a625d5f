package jumpcloud_test

import (
	"testing"

	"github.com/idplug/idplug/plugins/jumpcloud"
	"github.com/idplug/idplug/sdk/sdktest"
)

func TestConformance(t *testing.T) { sdktest.Conformance(t, jumpcloud.Provider{}) }
