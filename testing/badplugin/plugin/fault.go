package main

import (
	"fmt"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/escape"
)

func spoilLog() { fmt.Fprintln(stderr, `{"@message": 1, "@level": [], "@timestamp": {}}`) }

// flood never ends. It takes breath now and then, so that it is a test of who reads and not of how many cores there are.
func flood() {
	fmt.Fprintln(stderr, strings.Repeat("x", 1<<20))
	for line := 0; ; line++ {
		fmt.Fprintf(stderr, "flood line %d\n", line)
		if line%20_000 == 0 {
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// leak starts a child that no signal to the process group reaches.
func leak(key string) {
	child := exec.Command("/proc/self/exe")
	child.Args = []string{badplugin.Descendant, key}
	child.Stdout, child.Stderr = stdout, stderr
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		fmt.Fprintln(stderr, "no descendant:", err)
	}
}

// escapes says in its log how it went.
func escapes(way string) {
	got, err := escape.Try(way)
	fmt.Fprintf(stderr, "escape %s: got %q, %v\n", way, got, err)
}

// skewed serves a version of the protocol that no host knows.
func skewed(p sdk.Provider) {
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: wire.Handshake(), GRPCServer: goplugin.DefaultGRPCServer,
		VersionedPlugins: map[int]goplugin.PluginSet{99: wire.VersionedPlugins(p)[wire.Version]},
	})
}

// coded serves without the limits of package serve, and makes its messages by a codec of its own.
func coded(p sdk.Provider, codec encoding.CodecV2) {
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: wire.Handshake(), VersionedPlugins: wire.VersionedPlugins(p),
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, grpc.ForceServerCodecV2(codec))...)
		},
	})
}

// repeating sends every message of a mebibyte two hundred times over, as one: messages in a row are one message (protobuf, "Last One Wins"). It holds
// the bytes once, so no limit of memory gets in the way.
type repeating struct{ encoding.CodecV2 }

func (r repeating) Marshal(v any) (mem.BufferSlice, error) {
	once, err := r.CodecV2.Marshal(v)
	if err != nil || once.Len() < 1<<20 {
		return once, err
	}
	all := once
	for range 199 {
		once.Ref()
		all = append(all, once...)
	}
	return all, nil
}

// garble is set by an answer that is to arrive as no message.
var garble atomic.Bool

// garbled are bytes that no reader of protobuf takes for a profile: a field of a wire type that there is none of, and a subject whose text is no UTF-8.
var garbled = []string{"\xff\xfe garbled", "\x0a\x03\x0a\x01\xff"}

// garbling makes those of the next message, one after the other.
type garbling struct {
	encoding.CodecV2
	made *atomic.Int64
}

func (g garbling) Marshal(v any) (mem.BufferSlice, error) {
	if garble.Swap(false) {
		return mem.BufferSlice{mem.SliceBuffer(garbled[int(g.made.Add(1)-1)%len(garbled)])}, nil
	}
	return g.CodecV2.Marshal(v)
}
