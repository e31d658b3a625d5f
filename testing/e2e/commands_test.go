package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// command is one verb of the stories. neg is the "!" in front of it.
type command func(w *world, ts *testscript.TestScript, args []string) error

// commands are the verbs. Those of [asserts] can be negated with "!", the others cannot fail.
func commands() map[string]func(*testscript.TestScript, bool, []string) {
	verbs := map[string]command{
		// Processes. Each sets $<name> to its URL and $<name>_addr to host:port.
		"start": startCommand, // start NAME PROGRAM ARG…
		"stop":  stopCommand,  // stop NAME: SIGTERM, and it must end with code 0
		"kill9": kill9Command, // kill9 NAME: SIGKILL

		// The API.
		"as":    asCommand,    // as operator|nobody|TOKEN: who calls
		"api":   apiCommand,   // api METHOD PATH [JSON|@FILE] [HEADER:VALUE…]
		"until": untilCommand, // until PATH FIELD VALUE: GET until the field has the value, or until PATH STATUS
		"take":  takeCommand,  // take FILE: let stdout or a file be what was answered last
		"keep":  keepCommand,  // keep FILE: write what was answered last to a file
		"save":  saveCommand,  // save VARIABLE FIELD, save -secret VARIABLE FIELD

		// The browser.
		"browser":   browserCommand,   // browser NAME: use another one
		"accept":    acceptCommand,    // accept html|json
		"visit":     visitCommand,     // visit PATH
		"post":      postCommand,      // post PATH NAME=VALUE|NAME=@FILE…
		"signin":    signInCommand,    // signin TENANT LOGIN [RETURN_TO]: to the provider and back; LOGIN - where it must not ask
		"begin":     beginCommand,     // begin TENANT|ADDRESS LOGIN: as far as the provider's answer
		"deliver":   deliverCommand,   // deliver: post the answer that the last begin or tile left in this browser
		"hold":      holdCommand,      // hold NAME: put the answer in hand aside; begin anew, and hold -take NAME brings it back
		"twin":      twinCommand,      // twin NAME: another browser with the same cookies and the same answer in hand
		"foreign":   foreignCommand,   // foreign PATH NAME=VALUE…: post a form from a page of another site
		"elsewhere": elsewhereCommand, // elsewhere PATH: post the answer in hand to another address of the server
		"hand":      handCommand,      // hand NAME: give the answer in hand to another browser, and use that one
		"tile":      tileCommand,      // tile DIALECT LOGIN TENANT: the provider sends an answer that nobody asked for
		"follow":    followCommand,    // follow: go where the last page led, to the provider and back
		"leave":     leaveCommand,     // leave DIALECT: sign out at the provider, and follow
		"finish":    finishCommand,    // finish LOGIN: post the answer, and go to the provider as often as the server asks

		// Mail; see mail_test.go.
		"postman": postmanCommand, // postman: start a mail server, for servers that are started afterwards
		"mail":    mailCommand,    // mail ADDRESS VARIABLE: wait for a mail, and keep the path of its link
		"press":   pressCommand,   // press PATH LOGIN: press the button of a link's page, and go on to the provider and back

		// Many at once; see crowd_test.go.
		"stampede": stampedeCommand, // stampede N: post the answer in hand N times at once
		"crowd":    crowdCommand,    // crowd N TENANT: N first sign-ins at once while the plugin is killed, several times
		"drain":    drainCommand,    // drain: SIGTERM to the server while the answer in hand is on its way
	}
	out := map[string]func(*testscript.TestScript, bool, []string){}
	for name, do := range verbs {
		out[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			if neg {
				ts.Fatalf("%s cannot be negated", name)
			}
			check(ts, name, do(worldOf(ts), ts, args))
		}
	}
	for name, holds := range asserts() {
		out[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			err := holds(worldOf(ts), ts, args)
			if neg && err == nil {
				ts.Fatalf("%s holds, and should not", name)
			}
			if !neg {
				check(ts, name, err)
			}
		}
	}
	return out
}

func worldOf(ts *testscript.TestScript) *world {
	w := ts.Value(worldKey{}).(*world)
	if w.current == nil {
		w.current = w.browser("main")
	}
	return w
}

func check(ts *testscript.TestScript, name string, err error) {
	if err != nil {
		ts.Fatalf("%s: %v", name, err)
	}
}

func need(args []string, least int) error {
	if len(args) < least {
		return fmt.Errorf("needs %d arguments", least)
	}
	return nil
}

func startCommand(w *world, ts *testscript.TestScript, args []string) error {
	if err := need(args, 2); err != nil {
		return err
	}
	p, err := w.start(args[0], args[1], args[2:]...)
	if err != nil {
		return err
	}
	ts.Setenv(args[0], p.URL)
	ts.Setenv(args[0]+"_addr", p.Addr)
	return nil
}

func stopCommand(w *world, _ *testscript.TestScript, args []string) error {
	p := w.procs[strings.Join(args, " ")]
	if p == nil {
		return fmt.Errorf("%v was not started", args)
	}
	code, err := p.Stop()
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d", code)
	}
	return err
}

func kill9Command(w *world, _ *testscript.TestScript, args []string) error {
	p := w.procs[strings.Join(args, " ")]
	if p == nil {
		return fmt.Errorf("%v was not started", args)
	}
	return p.Kill()
}

func asCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	switch args[0] {
	case "operator":
		w.token = w.operator
	case "nobody":
		w.token = ""
	default:
		w.token = args[0]
	}
	return nil
}

func apiCommand(w *world, ts *testscript.TestScript, args []string) error {
	if err := need(args, 2); err != nil {
		return err
	}
	body, header := "", http.Header{}
	for _, arg := range args[2:] {
		name, value, ok := strings.Cut(arg, ":")
		switch {
		case strings.HasPrefix(arg, "@"):
			body = expand(ts, ts.ReadFile(arg[1:]))
		case ok && !strings.ContainsAny(name, "{[\""):
			header.Set(name, value)
		default:
			body = arg
		}
	}
	return w.api(args[0], args[1], body, header)
}

// expand fills in ${name} from the script's variables, and ${file:name} with a file's text as a JSON string.
func expand(ts *testscript.TestScript, text string) string {
	return regexp.MustCompile(`\$\{[\w:.]+\}`).ReplaceAllStringFunc(text, func(place string) string {
		name := place[2 : len(place)-1]
		file, ok := strings.CutPrefix(name, "file:")
		if !ok {
			return ts.Getenv(name)
		}
		quoted, err := json.Marshal(ts.ReadFile(file))
		ts.Check(err)
		return string(quoted)
	})
}

func untilCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 2); err != nil {
		return err
	}
	return eventually(func() error {
		if err := w.api(http.MethodGet, args[0], "", nil); err != nil {
			return err
		}
		if len(args) == 2 {
			return w.last.hasStatus(args[1])
		}
		return w.last.is(args[1], args[2])
	})
}

func takeCommand(w *world, ts *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	w.last = answer{body: []byte(ts.ReadFile(args[0]))}
	return nil
}

func keepCommand(w *world, ts *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	return os.WriteFile(ts.MkAbs(args[0]), w.last.body, 0o600)
}

func saveCommand(w *world, ts *testscript.TestScript, args []string) error {
	secret := len(args) > 0 && args[0] == "-secret"
	if secret {
		args = args[1:]
	}
	if err := need(args, 2); err != nil {
		return err
	}
	value, err := w.last.field(args[1])
	if err != nil {
		return err
	}
	text := fmt.Sprint(value)
	if secret {
		w.secrets.Link(text)
	}
	ts.Setenv(args[0], text)
	return nil
}
