package web

import (
	"bytes"
	"context"
	"log/slog"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// panicking is a store that looks an address up by panicking, once it may.
type panicking struct {
	directory.Store
	may chan struct{}
}

func (p panicking) TenantsByEmail(context.Context, sso.Email) ([]sso.TenantID, error) {
	<-p.may
	panic(errBroken)
}

// notes are a log that several may write.
type notes struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) { n.mu.Lock(); defer n.mu.Unlock(); return n.b.Write(p) }

func (n *notes) String() string { n.mu.Lock(); defer n.mu.Unlock(); return n.b.String() }

// TestAPanicBesideARequestEndsNothing: a mail that is asked for is queued beside the request, and may be so still when that is answered.
func TestAPanicBesideARequestEndsNothing(t *testing.T) {
	for _, late := range []bool{false, true} {
		log, may := &notes{}, make(chan struct{})
		w := newWorld(t, func(o *Options) { o.Logger = slog.New(slog.NewJSONHandler(log, nil)) })
		w.person("acme", "ada@acme.test", "agent")
		sound := w.o.Directory.Store
		w.o.Directory.Store = panicking{sound, may}
		if !late {
			close(may)
		}
		a := w.browser().do("POST", "/reset", url.Values{"email": {"ada@acme.test"}})
		if late {
			require.Equal(t, 200, a.Code, "nobody waits for it")
			require.NotContains(t, log.String(), "aside_test.go")
			close(may)
		} else {
			require.Equal(t, 500, a.Code)
			require.NotContains(t, a.Body.String(), "secret detail")
		}
		require.Eventually(t, func() bool { return bytes.Contains([]byte(log.String()), []byte("aside_test.go")) }, 20*time.Second, time.Millisecond, "where it was")
		require.Contains(t, log.String(), a.Header().Get("X-Request-Id"))
		require.NotContains(t, log.String(), "ada@acme.test")
		w.o.Directory.Store = sound
		require.Equal(t, 200, w.browser().do("POST", "/reset", url.Values{"email": {"ada@acme.test"}}).Code)
		require.Equal(t, directory.ResetMail, w.sent().Kind, "the twin gets its mail")
	}
}
