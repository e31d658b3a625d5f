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
	Sandbox  string // how far its process is shut in: off, basic, partial or full; "" before the first one
	Restarts int    // after a process ended by itself or had to be ended
	LastExit string // how the last process ended that was restarted, "" when none was
	Since    time.Time
	PID      int // of the running process, 0 when none runs

	Missing []SandboxGap    // what keeps the sandbox from being full
	Refused []PluginAttempt // what the sandbox kept it from doing, since these bytes ran first

	Breaker    BreakerState
	InFlight   int             // calls under way
	LogDropped int             // lines of its log that were too many, since it was found
	Pin        string          // SHA-256 of the version an operator has pinned, "" when the folder is followed
	Versions   []PluginVersion // that served and are kept, the latest first
}

// SandboxGap is a step of the sandbox that was not taken, and why.
type SandboxGap struct{ Step, Why string }

// PluginAttempt is something that a plugin tried and was refused.
type PluginAttempt struct {
	What  string // printable; part of it is the plugin's own words
	Count int
}

// BreakerState says whether calls of a plugin are made or refused at once.
type BreakerState string

// The states of a breaker.
const (
	BreakerClosed  BreakerState = "closed"      // calls are made
	BreakerPartly  BreakerState = "partly_open" // refused for single identity providers whose calls failed, made for all others
	BreakerOpen    BreakerState = "open"        // refused for everybody
	BreakerProbing BreakerState = "probing"     // one call is made, to see
)

// BreakerStates are all of them.
func BreakerStates() []BreakerState {
	return []BreakerState{BreakerClosed, BreakerPartly, BreakerOpen, BreakerProbing}
}

// PluginVersion is a version of a plugin that served and can be gone back to.
type PluginVersion struct {
	Version  string
	SHA256   string
	ServedAt time.Time // when it began to serve last
}

// ProviderStatus is what administrators see of a provider.
type ProviderStatus struct {
	Manifest Manifest
	State    PluginState
}
