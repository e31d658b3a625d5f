// Package badplugin makes plugin binaries that misbehave, one fault each, and a few that behave, so that tests of the host can watch it cope with real
// processes. Only tests enter.
//
// A host gives a plugin neither arguments nor environment and runs a copy of it under another name, so the fault must be inside the file. The plugin
// is compiled once and stamped: a string in it of fixed length is overwritten, which takes no time where linking takes seconds.
package badplugin

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/idplug/idplug/testing/program"
)

// Mode is how a plugin misbehaves.
type Mode string

// The modes. Faults in answers spare the example of the plugin's own manifest ([Example]), so that no rehearsal finds them; see FailsExample.
const (
	Good             Mode = "good"              // behaves
	Slow             Mode = "slow"              // behaves, and takes 300 ms for each profile
	SlowStart        Mode = "slow-start"        // behaves, and takes 3 s to come up
	ExitAtStart      Mode = "exit-at-start"     // ends with code 3, without a word
	NeverReady       Mode = "never-ready"       // prints no handshake and stays
	Mute             Mode = "mute"              // serves on a socket as agreed and never says a word there
	WrongCookie      Mode = "wrong-cookie"      // wants another host's cookie
	VersionSkew      Mode = "version-skew"      // speaks version 99 of the protocol and no other
	TCPAddress       Mode = "tcp-address"       // says that it serves on Binary.Address
	InTheClear       Mode = "in-the-clear"      // serves as agreed, but for TLS
	FalseManifest    Mode = "false-manifest"    // its key is another's
	FailsExample     Mode = "fails-example"     // answers everybody but the example of its own manifest
	Refuses          Mode = "refuses"           // answers no profile but an error with the code bad.refuses
	PanicOnProfile   Mode = "panic-on-profile"  // panics in the call
	CrashOnProfile   Mode = "crash-on-profile"  // panics beside the call: the process dies
	HangOnProfile    Mode = "hang-on-profile"   // never answers, whatever the deadline
	StopsItself      Mode = "stops-itself"      // sends itself SIGSTOP in the call
	Grows            Mode = "grows"             // keeps 64 MiB more with each profile
	HugeReply        Mode = "huge-reply"        // answers metadata with 200 MiB
	HugeProfile      Mode = "huge-profile"      // answers a profile with 200 MiB
	Garbled          Mode = "garbled"           // answers a profile with bytes that are no message, then with text that is no UTF-8, by turns
	InventedValue    Mode = "invented-value"    // an e-mail address that nobody sent
	InventedName     Mode = "invented-name"     // a NameID that nobody sent
	BadStderrJSON    Mode = "bad-stderr-json"   // writes JSON that makes go-plugin's log parser panic, at the start and at each call
	StderrFlood      Mode = "stderr-flood"      // writes a line of 1 MiB and then short ones without end
	StdoutFlood      Mode = "stdout-flood"      // writes 256 KiB without a newline to standard output with each profile, before it answers
	IgnoresSIGTERM   Mode = "ignores-sigterm"   // stays when told to go, by signal or by call
	LeaksDescendants Mode = "leaks-descendants" // starts a child in a session of its own that keeps the pipes open for a minute
	LeavesMark       Mode = "leaves-mark"       // makes the file Binary.Address at the start, where nothing stops it
	LogsValues       Mode = "logs-values"       // writes the values of attributes to its log
	Escapes          Mode = "escapes"           // tries to get out with each profile, by the way of package escape in Binary.Address, and logs what it got
	EscapesAtStart   Mode = "escapes-at-start"  // tries so once, before it serves
)

// Modes are all modes, good ones first.
func Modes() []Mode {
	return []Mode{
		Good, Slow, SlowStart, ExitAtStart, NeverReady, Mute, WrongCookie, VersionSkew, TCPAddress, InTheClear, FalseManifest, FailsExample, Refuses, PanicOnProfile,
		CrashOnProfile, HangOnProfile, StopsItself, Grows, HugeReply, HugeProfile, Garbled, InventedValue, InventedName, BadStderrJSON, StderrFlood,
		StdoutFlood, IgnoresSIGTERM, LeaksDescendants, LeavesMark, LogsValues, Escapes, EscapesAtStart,
	}
}

// Example is the e-mail address that the manifest gives as an example.
const Example = "example@example.org"

// Descendant is the name under which a process that LeaksDescendants left behind runs; the plugin's key is its argument.
const Descendant = "badplugin-descendant"

// Binary describes a plugin to make. Zero fields stand for a good plugin "bad" of version 1.0.0.
type Binary struct {
	Mode    Mode
	Key     string
	Version string
	Address string // host:port for TCPAddress, a path for LeavesMark, way:argument for Escapes
}

// Compiled is the plugin before it is stamped.
type Compiled []byte

// Compile builds the plugin with the go command, from this source tree. It takes seconds; a test binary does it once.
func Compile(ctx context.Context) (Compiled, error) {
	dir, err := os.MkdirTemp("", "badplugin")
	if err != nil {
		return nil, fmt.Errorf("compile bad plugin: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := program.Build(ctx, dir, "./testing/badplugin/plugin"); err != nil {
		return nil, fmt.Errorf("compile bad plugin: %w", err)
	}
	return os.ReadFile(filepath.Join(dir, "plugin"))
}

// Write stamps the plugin and puts it into dir as idplug-provider-<key>, executable, by rename as `install` would. It returns the file's path.
func (c Compiled) Write(dir string, b Binary) (string, error) {
	stamped := bytes.ReplaceAll(c, []byte(Blank), []byte(b.stamp()))
	if bytes.Equal(stamped, c) {
		return "", fmt.Errorf("stamp bad plugin: no blank found")
	}
	path := filepath.Join(dir, "idplug-provider-"+b.key())
	hidden := filepath.Join(dir, ".idplug-provider-"+b.key())
	if err := writeAlone(hidden, stamped); err != nil {
		return "", err
	}
	return path, os.Rename(hidden, path)
}

// writeAlone lets no process start while the file is open: the child would hold it open for writing, and the file could not be executed ("text file
// busy", golang/go#22315).
func writeAlone(path string, data []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, data, 0o755)
}

func (b Binary) key() string {
	if b.Key == "" {
		return "bad"
	}
	return b.Key
}

func (b Binary) stamp() string {
	return fmt.Sprintf("%-*s", len(Blank), strings.Join([]string{string(b.Mode), b.key(), b.Version, b.Address}, "|"))
}

// Blank is the string that a stamp overwrites; made of one piece here, read in one place by the plugin.
const Blank = "badplugin: this is where the stamp goes, mode and key and version and address, and it is long enough for all of them together"

// Read returns what a stamp says; a blank one is a good plugin.
func Read(stamp string) Binary {
	b := Binary{Mode: Good, Key: "bad", Version: "1.0.0"}
	fields := strings.Split(strings.TrimSpace(stamp), "|")
	if len(fields) != 4 {
		return b
	}
	for i, set := range []func(string){
		func(s string) { b.Mode = Mode(s) }, func(s string) { b.Key = s }, func(s string) { b.Version = s }, func(s string) { b.Address = s },
	} {
		if fields[i] != "" {
			set(fields[i])
		}
	}
	return b
}

// Descendants are the processes on this machine that a plugin of mode LeaksDescendants and of this key has left behind; none where there is no /proc.
func Descendants(key string) ([]int, error) {
	names, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return nil, err
	}
	var found []int
	for _, name := range names {
		line, err := os.ReadFile(name)
		if err != nil || string(line) != Descendant+"\x00"+key+"\x00" {
			continue // of somebody else, or gone meanwhile
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if err != nil {
			return nil, err
		}
		found = append(found, pid)
	}
	return found, nil
}
