package plugins

import (
	"strings"

	"github.com/idplug/idplug/testing/badplugin"
)

// Expectation is what becomes of a bad plugin that was dropped where a tenant's good one was, and of a first sign-in with it.
type Expectation struct {
	States []string // where it settles, one of them
	Reason string   // part of what the list says then; "" with state ready: it says nothing
	Code   string   // of the first sign-in; "": signed in
	Again  int      // sign-ins after the first one, which end alike
	Warns  string   // code of the warning of a save whose metadata the plugin is asked about; "": none of the plugin
	Unsure bool     // whether it answers about metadata after that depends on the sandbox
	Later  func(Plugin) bool
}

// Settled tells whether a plugin is where it settles.
func (e Expectation) Settled(p Plugin) bool {
	for _, state := range e.States {
		if p.State == state && strings.Contains(p.Reason, e.Reason) && (e.Reason != "" || p.Reason == "") {
			return true
		}
	}
	return false
}

// Serves tells whether it comes up at all.
func (e Expectation) Serves() bool { return e.States[0] == serves[0] }

// Where a plugin may settle: it serves, or it does not come up, which is tried three times.
var (
	serves  = []string{"ready"}
	refused = []string{"backing_off", "starting", "failed"}
)

const unavailable = "provider_unavailable"

func restarted(p Plugin) bool { return p.State == "ready" && p.Restarts > 0 }

// Expected is what to expect of a mode; ok is false for one that nobody has thought about.
func Expected(mode badplugin.Mode) (e Expectation, ok bool) {
	e, ok = map[badplugin.Mode]Expectation{
		badplugin.Good:             {States: serves},
		badplugin.Slow:             {States: serves},
		badplugin.SlowStart:        {States: serves},
		badplugin.ExitAtStart:      {States: refused, Reason: "exit code 3", Code: unavailable},
		badplugin.NeverReady:       {States: refused, Reason: "timeout", Code: unavailable},
		badplugin.Mute:             {States: refused, Reason: "it does not answer within", Code: unavailable},
		badplugin.WrongCookie:      {States: refused, Reason: "exit code", Code: unavailable},
		badplugin.VersionSkew:      {States: refused, Reason: "Plugin version: 99", Code: unavailable},
		badplugin.TCPAddress:       {States: refused, Reason: "not its own socket", Code: unavailable},
		badplugin.InTheClear:       {States: refused, Reason: "does not look like a TLS handshake", Code: unavailable},
		badplugin.FalseManifest:    {States: refused, Reason: `its manifest says "somebody-else"`, Code: unavailable},
		badplugin.FailsExample:     {States: refused, Reason: "fails the check with the example person", Code: unavailable},
		badplugin.Refuses:          {States: serves, Code: unavailable},
		badplugin.PanicOnProfile:   {States: serves, Code: unavailable},
		badplugin.CrashOnProfile:   {States: serves, Code: unavailable, Later: restarted},
		badplugin.HangOnProfile:    {States: serves, Code: unavailable},
		badplugin.StopsItself:      {States: serves, Code: unavailable, Unsure: true}, // in its own namespace nobody can stop it, not even itself
		badplugin.Grows:            {States: serves, Again: 6, Later: restarted},      // it may hold 256 MiB
		badplugin.HugeReply:        {States: refused, Reason: "too_large", Code: unavailable},
		badplugin.HugeProfile:      {States: serves, Code: unavailable},
		badplugin.Garbled:          {States: serves, Code: unavailable, Again: 1},
		badplugin.InventedName:     {States: serves, Code: "plugin.unproven_value"},
		badplugin.InventedValue:    {States: serves, Code: "plugin.unproven_value"},
		badplugin.BadStderrJSON:    {States: serves},
		badplugin.StderrFlood:      {States: serves},
		badplugin.StdoutFlood:      {States: serves},
		badplugin.IgnoresSIGTERM:   {States: serves},
		badplugin.LeaksDescendants: {States: serves},
		badplugin.LeavesMark:       {States: serves},
		badplugin.LogsValues:       {States: serves},
		badplugin.Escapes:          {States: serves},
		badplugin.EscapesAtStart:   {States: serves},
	}[mode]
	return e, ok
}
