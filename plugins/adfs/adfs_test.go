package adfs_test

import (
	"testing"

	"github.com/idplug/idplug/plugins/adfs"
	"github.com/idplug/idplug/sdk/sdktest"
)

func TestConformance(t *testing.T) { sdktest.Conformance(t, adfs.Provider{}) }
