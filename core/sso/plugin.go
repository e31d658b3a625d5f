package sso

import "time"

// PluginState is where a plugin binary stands in its life.
type PluginState string

// The states of a plugin.
const (
	PluginDiscovered PluginState = "discovered"
	PluginRejected   PluginState = "rejected"
	PluginVerified   PluginState = "verified"
	PluginStarting   PluginState = "starting"
	PluginReady      PluginState = "ready"
	PluginDraining   PluginState = "draining"
	PluginStopped    PluginState = "stopped"
	PluginBackingOff PluginState = "backing_off"
	PluginFailed     PluginState = "failed"
)

// PluginStatus is what operators see of a plugin binary.
type PluginStatus struct {
	Key      ProviderKey
	File     string // name in the plugin folder
	Version  string
	SHA256   string
	State    PluginState
	Reason   string // why it is in that state, "" when all is well
	Fix      string // the command that mends it
	Sandbox  string // the level reached
	Restarts int
	Since    time.Time
	PID      int // of the running process, 0 when none runs
}

// ProviderStatus is what administrators see of a provider.
type ProviderStatus struct {
	Manifest Manifest
	State    PluginState
}
