// Command idplug-provider-pingone is the PingOne provider's door.
package main

import (
	"github.com/idplug/idplug/plugins/pingone"
	"github.com/idplug/idplug/sdk/serve"
)

func main() { serve.Main(pingone.Provider{}) }
