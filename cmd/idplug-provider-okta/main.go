// Command idplug-provider-okta is the Okta provider's door.
package main

import (
	"github.com/idplug/idplug/plugins/okta"
	"github.com/idplug/idplug/sdk/serve"
)

func main() { serve.Main(okta.Provider{}) }
