// Command idplug-provider-adfs is the AD FS provider's door.
package main

import (
	"github.com/idplug/idplug/plugins/adfs"
	"github.com/idplug/idplug/sdk/serve"
)

func main() { serve.Main(adfs.Provider{}) }
