package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/idplug/idplug/testing/devidp"
)

func browserCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	w.current = w.browser(args[0])
	return nil
}

func acceptCommand(w *world, _ *testscript.TestScript, args []string) error {
	w.current.accept = map[string]string{"html": acceptHTML, "json": acceptJSON}[strings.Join(args, " ")]
	if w.current.accept == "" {
		return fmt.Errorf("html or json, not %v", args)
	}
	return nil
}

func visitCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	return w.current.get(strings.TrimPrefix(args[0], w.procs[host].URL))
}

func postCommand(w *world, ts *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	for i, arg := range args {
		if name, file, ok := strings.Cut(arg, "=@"); ok {
			args[i] = name + "=" + ts.ReadFile(file)
		}
	}
	return w.current.post(strings.TrimPrefix(args[0], w.procs[host].URL), pairs(args[1:]), w.procs[host].URL)
}

func foreignCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	return w.current.post(args[0], pairs(args[1:]), "https://evil.example")
}

func pairs(args []string) url.Values {
	form := url.Values{}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		form.Add(name, value)
	}
	return form
}

func signInCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 2); err != nil {
		return err
	}
	return w.current.signIn(loginPath(args), login(args[1]))
}

func beginCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 2); err != nil {
		return err
	}
	return w.current.begin(loginPath(args), login(args[1]))
}

func loginPath(args []string) string {
	if at := strings.Index(args[0], "/login/"); at >= 0 { // an address that an answer held
		return args[0][at:]
	}
	path := "/login/" + args[0]
	if len(args) > 2 {
		path += "?return_to=" + url.QueryEscape(args[2])
	}
	return path
}

func login(arg string) string {
	if arg == "-" {
		return ""
	}
	return arg
}

func deliverCommand(w *world, _ *testscript.TestScript, args []string) error {
	if len(args) == 1 && args[0] == "-stay" {
		return w.current.deliverOnly()
	}
	return w.current.deliver()
}

func holdCommand(w *world, _ *testscript.TestScript, args []string) error {
	if len(args) == 2 && args[0] == "-take" {
		w.current.held = w.current.aside[args[1]]
		return nil
	}
	if err := need(args, 1); err != nil {
		return err
	}
	w.current.aside[args[0]] = w.current.held
	return nil
}

func twinCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	at, err := url.Parse(w.procs[host].URL)
	if err != nil {
		return err
	}
	twin := w.browser(args[0])
	twin.client.Jar.SetCookies(at, w.current.client.Jar.Cookies(at))
	twin.held = w.current.held
	return nil
}

func elsewhereCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	w.current.held.Action = w.current.hostURL(args[0])
	return w.current.deliver()
}

func finishCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	return w.current.finish(login(args[0]))
}

func handCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	other := w.browser(args[0])
	other.held, w.current = w.current.held, other
	return nil
}

func tileCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 3); err != nil {
		return err
	}
	audience := w.procs[host].URL + "/saml/" + args[2] + "/metadata"
	address := w.procs["idp"].URL + "/" + args[0] + "/launch?audience=" + url.QueryEscape(audience)
	form, err := devidp.Visit(w.ctx, w.current.client, address, login(args[1]))
	if err != nil {
		return err
	}
	w.current.trips = 0
	w.current.held = form
	return nil
}

func followCommand(w *world, _ *testscript.TestScript, _ []string) error {
	request, err := http.NewRequestWithContext(w.ctx, http.MethodGet, w.current.away, nil)
	if err != nil {
		return err
	}
	return w.current.roam(request)
}

func leaveCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	request, err := formRequest(w.ctx, w.procs["idp"].URL+"/"+args[0]+"/signout", url.Values{})
	if err != nil {
		return err
	}
	return w.current.roam(request)
}
