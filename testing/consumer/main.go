// Command idplug-provider-acme is the Acme provider for idplug.
package main

import "github.com/idplug/idplug/sdk/serve"

func main() { serve.Main(Provider{}) }
