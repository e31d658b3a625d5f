package e2e

import (
	"errors"
	"net/url"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/idplug/idplug/testing/postman"
)

// postmanCommand starts the mail server; servers that are started afterwards send there.
func postmanCommand(w *world, ts *testscript.TestScript, _ []string) (err error) {
	if w.postman, err = postman.Start(w.ctx); err != nil {
		return err
	}
	ts.Defer(func() { _ = w.postman.Close() })
	w.env = append(w.env, "IDPLUG_SMTP_URL="+w.postman.URL)
	return nil
}

// mailCommand waits for a mail to an address and sets a variable to the path of the link in it.
func mailCommand(w *world, ts *testscript.TestScript, args []string) error {
	if err := need(args, 2); err != nil {
		return err
	}
	if w.postman == nil {
		return errors.New("there is no postman")
	}
	link, err := w.postman.Link(w.ctx, args[0])
	if err != nil {
		return err
	}
	u, err := url.Parse(link)
	if err != nil {
		return err
	}
	w.secrets.Link(link)
	ts.Setenv(args[1], u.Path)
	return nil
}

// pressCommand presses the button of a link's page, and goes on to the provider and back.
func pressCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 2); err != nil {
		return err
	}
	b := w.current
	if err := b.post(strings.TrimPrefix(args[0], w.procs[host].URL), nil, w.procs[host].URL); err != nil {
		return err
	}
	if err := b.trip(login(args[1])); err != nil {
		return err
	}
	return b.deliver()
}
