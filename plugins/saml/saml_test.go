package saml_test

import (
	"testing"

	"github.com/idplug/idplug/plugins/saml"
	"github.com/idplug/idplug/sdk/sdktest"
)

func TestConformance(t *testing.T) { sdktest.Conformance(t, saml.Provider{}) }
