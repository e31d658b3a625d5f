package sdk

import (
	"context"
	"log/slog"
	"regexp"
)

// Provider adapts one identity provider. Its methods are called from many goroutines at once and must not keep state between calls.
type Provider interface {
	// Manifest says who the plugin is. It answers the same for as long as the process lives; the host asks once, within 2 s.
	Manifest() Manifest
	// Metadata reads a provider's document and tells the administrator what is odd about it, in the provider's own words. It advises: entity
	// ID, endpoints and keys are read by the host itself. The host waits 5 s. An error means that no answer could be given; a document that
	// is wrong is an answer, with a [Problem] in it.
	Metadata(ctx context.Context, r *MetadataRequest) (*MetadataAdvice, error)
}

// Provisioner is implemented by providers whose assertions can be read for a person's profile. A plugin without it can sign in people who are
// linked already, and nobody else.
type Provisioner interface {
	// Profile picks a person's facts from verified attributes. The host waits 1.8 s, retries included. An error means that no answer could be
	// given; an assertion that lacks something is an answer, with a [Problem] that names what to map.
	Profile(ctx context.Context, r *ProfileRequest) (*Profile, error)
}

// Call says on whose behalf a plugin is called, for its log. Neither field identifies a person or a tenant.
type Call struct {
	RequestID   string // the request's id, as shown to the user when something fails
	Traceparent string // W3C Trace Context; "" when the host does not trace
}

// TraceID returns the id of the trace that Traceparent names, 32 hexadecimal digits; "" where there is none.
func (c Call) TraceID() string {
	if m := traceparentForm.FindStringSubmatch(c.Traceparent); m != nil {
		return m[1]
	}
	return ""
}

var traceparentForm = regexp.MustCompile(`^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-[ -~]*)?$`) // W3C Trace Context 3.2

type callKey struct{}

// WithCall returns a context that carries c to the plugin.
func WithCall(ctx context.Context, c Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// CallOf returns the call that ctx carries, or the zero Call.
func CallOf(ctx context.Context) Call {
	c, _ := ctx.Value(callKey{}).(Call)
	return c
}

type logKey struct{}

// WithLog returns a context that carries log to the plugin.
func WithLog(ctx context.Context, log *slog.Logger) context.Context {
	return context.WithValue(ctx, logKey{}, log)
}

// Log returns the logger for a call: JSON lines on the plugin's standard error, which the host reads into its own log, with request_id in each, and
// trace_id where the host traces. Outside a call it discards.
func Log(ctx context.Context) *slog.Logger {
	if log, ok := ctx.Value(logKey{}).(*slog.Logger); ok {
		return log
	}
	return slog.New(slog.DiscardHandler)
}

// Error is a failure to answer that has a stable code, so that the host can count it and its log can name it. Any other error will do too; the
// text of neither is shown to users, and neither may hold an attribute's value.
type Error struct {
	Code string // lower-case words and dots: "acme.unreadable"
	Err  error
}

// Error returns the code and the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Code
	}
	return e.Code + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
