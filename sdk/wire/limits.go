package wire

import "google.golang.org/grpc"

// Sizes of messages on the wire, in bytes.
const (
	MaxRequest = 4 << 20 // metadata documents end at 2 MiB, assertions at 512 KiB
	MaxReply   = 1 << 20 // a plugin must not be able to fill the host's memory; ten thousand groups take 300 KiB

	// maxTaken is what a plugin takes from a host: above MaxRequest, so that an old plugin serves a host that has raised its limit.
	maxTaken = 16 << 20
)

// DialOptions hold a host to the limits; go-plugin's own are 2 GiB. They come after go-plugin's, and the last one counts.
func DialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(MaxRequest), grpc.MaxCallRecvMsgSize(MaxReply)),
	}
}
