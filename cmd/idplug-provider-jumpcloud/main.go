// Command idplug-provider-jumpcloud is the JumpCloud provider's door.
package main

import (
	"github.com/idplug/idplug/plugins/jumpcloud"
	"github.com/idplug/idplug/sdk/serve"
)

func main() { serve.Main(jumpcloud.Provider{}) }
