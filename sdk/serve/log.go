package serve

import (
	"context"
	"io"
	"log/slog"

	"github.com/idplug/idplug/sdk"
)

// newLog returns a logger that writes one JSON object per line and knows the call that a context carries.
func newLog(w io.Writer) *slog.Logger {
	return slog.New(callHandler{slog.NewJSONHandler(w, nil)})
}

// callHandler adds the request's id to records that are logged with the context of a call.
type callHandler struct{ slog.Handler }

func (h callHandler) Handle(ctx context.Context, r slog.Record) error {
	if c := sdk.CallOf(ctx); c.RequestID != "" {
		r.AddAttrs(slog.String("request_id", c.RequestID))
	}
	return h.Handler.Handle(ctx, r)
}

func (h callHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return callHandler{h.Handler.WithAttrs(attrs)}
}

func (h callHandler) WithGroup(name string) slog.Handler {
	return callHandler{h.Handler.WithGroup(name)}
}
