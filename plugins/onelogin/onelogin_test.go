package onelogin_test

import (
	"testing"

	"github.com/idplug/idplug/plugins/onelogin"
	"github.com/idplug/idplug/sdk/sdktest"
)

func TestConformance(t *testing.T) { sdktest.Conformance(t, onelogin.Provider{}) }
