// Command idplug-provider-azure is the Microsoft Entra ID provider's door.
package main

import (
	"github.com/idplug/idplug/plugins/azure"
	"github.com/idplug/idplug/sdk/serve"
)

func main() { serve.Main(azure.Provider{}) }
