package okta_test

import (
	"testing"

	"github.com/idplug/idplug/plugins/okta"
	"github.com/idplug/idplug/sdk/sdktest"
)

func TestConformance(t *testing.T) { sdktest.Conformance(t, okta.Provider{}) }
