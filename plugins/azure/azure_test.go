package azure_test

import (
	"testing"

	"github.com/idplug/idplug/plugins/azure"
	"github.com/idplug/idplug/sdk/sdktest"
)

func TestConformance(t *testing.T) { sdktest.Conformance(t, azure.Provider{}) }
