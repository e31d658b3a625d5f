// Command idplug-provider-onelogin is the OneLogin provider's door.
package main

import (
	"github.com/idplug/idplug/plugins/onelogin"
	"github.com/idplug/idplug/sdk/serve"
)

func main() { serve.Main(onelogin.Provider{}) }
