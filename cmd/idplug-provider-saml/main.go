// Command idplug-provider-saml is the door of the provider for everything that has none of its own.
package main

import (
	"github.com/idplug/idplug/plugins/saml"
	"github.com/idplug/idplug/sdk/serve"
)

func main() { serve.Main(saml.Provider{}) }
