// Package wire carries the contract of package sdk over gRPC: the client half and the server half side by side, and the conversions between
// them. The host and the plugin's main use it; a vendor never needs to.
//
// What it promises: a value that crosses the wire comes out equal; a served provider that is no [sdk.Provisioner] is none on the other side
// either; a handler that panics costs one call, not the process; and nothing larger than [MaxRequest] and [MaxReply] is taken from the other side.
package wire
