// Command idplug-provider-google-workspace is the Google Workspace provider's door.
package main

import (
	"github.com/idplug/idplug/plugins/googleworkspace"
	"github.com/idplug/idplug/sdk/serve"
)

func main() { serve.Main(googleworkspace.Provider{}) }
