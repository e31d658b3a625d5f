package telemetry

import (
	"context"
	"regexp"
)

// Call says on whose behalf something is done, for logs on both sides of a plugin's socket. It names no person.
type Call struct {
	RequestID   string // ours
	Traceparent string // W3C Trace Context of the request; "" where none came
}

type callKey struct{}

// WithCall returns a context that carries c.
func WithCall(ctx context.Context, c Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// CallOf returns the call that ctx carries, or the zero Call.
func CallOf(ctx context.Context) Call {
	c, _ := ctx.Value(callKey{}).(Call)
	return c
}

var traceparentForm = regexp.MustCompile(`^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$`)

// Traceparent returns a header's value if it has the form of version 00 (W3C Trace Context 3.2) and names a trace; else "". It comes from outside
// and is copied into logs.
func Traceparent(header string) string {
	if m := traceparentForm.FindStringSubmatch(header); m == nil || m[1] == "00000000000000000000000000000000" {
		return ""
	}
	return header
}

// TraceID is the id of the trace, 32 hexadecimal digits; "" where there is none.
func (c Call) TraceID() string {
	if m := traceparentForm.FindStringSubmatch(c.Traceparent); m != nil {
		return m[1]
	}
	return ""
}
