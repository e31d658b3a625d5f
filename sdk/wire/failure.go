package wire

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/idplug/idplug/sdk"
)

// Kind sorts failures by what a host should do about them.
type Kind string

// The kinds of failure.
const (
	Down        Kind = "down"         // the process is gone, or going: ask the next one, once
	Late        Kind = "late"         // no answer before the deadline
	Cancelled   Kind = "cancelled"    // the caller gave up
	Refused     Kind = "refused"      // the plugin returned an error
	Faulty      Kind = "faulty"       // the plugin panicked, or what came was no message
	TooLarge    Kind = "too_large"    // request or reply is above its limit
	Unsupported Kind = "unsupported"  // the plugin does not know the call
	Other       Kind = "unclassified" // a status that no plugin of ours sends
)

// Failure is why a call brought no answer. Its Error text names call, kind and reason only, and is fit for a log; the plugin's own words are in Text
// and may hold anything.
type Failure struct {
	Call   string // "manifest", "metadata" or "profile"
	Kind   Kind
	Reason string // stable code the plugin gave by sdk.Error; "" for none
	Text   string // at most 1 KiB
}

// Error says which call failed, and how.
func (f *Failure) Error() string {
	if f.Reason != "" {
		return fmt.Sprintf("%s: %s (%s)", f.Call, f.Kind, f.Reason)
	}
	return fmt.Sprintf("%s: %s", f.Call, f.Kind)
}

// Is makes the kinds Late and Cancelled the errors that callers know from package context.
func (f *Failure) Is(target error) bool {
	return f.Kind == Late && target == context.DeadlineExceeded || f.Kind == Cancelled && target == context.Canceled
}

const (
	domain  = "idplug"
	maxText = 1 << 10 // bytes; words for an administrator, or the top of a stack
)

var reasonForm = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,63}$`)

// kinds holds the codes that this package and gRPC itself send; everything else is Other.
var kinds = map[codes.Code]Kind{
	codes.Unavailable:       Down,
	codes.DeadlineExceeded:  Late,
	codes.Canceled:          Cancelled,
	codes.Unknown:           Refused,
	codes.Internal:          Faulty,
	codes.ResourceExhausted: TooLarge,
	codes.Unimplemented:     Unsupported,
}

// failure reads a status as the host's half of the wire receives it.
func failure(call string, err error) *Failure {
	s := status.Convert(err)
	f := &Failure{Call: call, Kind: Other, Text: clip(s.Message())}
	if kind, known := kinds[s.Code()]; known {
		f.Kind = kind
	}
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetDomain() == domain && reasonForm.MatchString(info.GetReason()) {
			f.Reason = info.GetReason()
		}
	}
	return f
}

// statusOf writes a provider's error as the plugin's half of the wire sends it.
func statusOf(err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, clip(err.Error()))
	case errors.Is(err, context.Canceled):
		return status.Error(codes.Canceled, clip(err.Error()))
	}
	s := status.New(codes.Unknown, clip(err.Error()))
	var coded *sdk.Error
	if errors.As(err, &coded) && reasonForm.MatchString(coded.Code) {
		if detailed, err := s.WithDetails(&errdetails.ErrorInfo{Reason: coded.Code, Domain: domain}); err == nil {
			s = detailed
		}
	}
	return s.Err()
}

func clip(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
