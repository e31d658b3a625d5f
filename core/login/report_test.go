package login_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/frail"
)

// traceless cannot write traces of logins that made no session.
type traceless struct{ login.Store }

func (traceless) RecordLogin(context.Context, sso.LoginRecord) error { return frail.ErrBroken }

// keyless has lost its key.
type keyless struct{}

func (keyless) Seal(string, []byte, []byte) ([]byte, error) { return nil, frail.ErrBroken }
func (keyless) Open(string, []byte, []byte) ([]byte, error) { return nil, frail.ErrBroken }

// TestReport_TellsWhatChangesNoAnswer, once, where anybody listens.
func TestReport_TellsWhatChangesNoAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(w *world)
		code  sso.Code // of the sign-in
		cause error
	}{
		"nothing":           {func(*world) {}, "", nil},
		"a refusal's trace": {func(w *world) { w.change(func(s *sso.Settings) { s.JIT = false }) }, sso.UserUnknown, nil},
		"no refusal's trace": {func(w *world) {
			w.change(func(s *sso.Settings) { s.JIT = false })
			w.service.Store = traceless{w.service.Store}
		}, sso.UserUnknown, frail.ErrBroken},
		"attributes are not kept": {func(w *world) { w.service.Sealer = keyless{} }, "", frail.ErrBroken},
		"roles that are not synced": {func(w *world) {
			w.change(every)
			require.NoError(w.t, errOf(w.signIn(ada())))
			w.plugin.err = frail.ErrBroken
		}, "", frail.ErrBroken},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.spoil(w)
			var told []error
			w.service.Report = func(_ context.Context, err error) { told = append(told, err) }
			require.Equal(t, c.code, sso.CodeOf(errOf(w.signIn(ada()))))
			if c.cause == nil {
				require.Empty(t, told)
			} else {
				require.Len(t, told, 1)
				require.ErrorIs(t, errors.Join(told...), c.cause)
			}
			w.service.Report = nil
			require.Equal(t, c.code, sso.CodeOf(errOf(w.signIn(ada()))), "nobody has to listen")
		})
	}
}
