package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/idplug/idplug/testing/devidp"
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
		"browser": browserCommand, // browser NAME: use another one
		"accept":  acceptCommand,  // accept html|json
		"visit":   visitCommand,   // visit PATH
		"post":    postCommand,    // post PATH NAME=VALUE…
		"signin":  signInCommand,  // signin TENANT LOGIN [RETURN_TO]: to the provider and back; LOGIN - where it must not ask
		"begin":   beginCommand,   // begin TENANT LOGIN: as far as the provider's answer
		"deliver": deliverCommand, // deliver: post the answer that the last begin or tile left in this browser
		"hand":    handCommand,    // hand NAME: give the answer in hand to another browser, and use that one
		"tile":    tileCommand,    // tile DIALECT LOGIN TENANT: the provider sends an answer that nobody asked for
		"finish":  finishCommand,  // finish LOGIN: post the answer, and go to the provider as often as the server asks

		// Many at once; see crowd_test.go.
		"stampede": stampedeCommand, // stampede N: post the answer in hand N times at once
		"crowd":    crowdCommand,    // crowd N TENANT DIALECT: N first sign-ins at once while the plugin is killed again and again
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

// asserts are the verbs that look at what was answered last, by the API or to the browser.
func asserts() map[string]command {
	return map[string]command{
		"status":  statusAssert,  // status CODE
		"code":    codeAssert,    // code CODE: the refusal's stable code, on a page or in a problem document
		"field":   fieldAssert,   // field PATH VALUE
		"header":  headerAssert,  // header NAME REGEXP
		"says":    saysAssert,    // says REGEXP: the words of the page
		"session": sessionAssert, // session: the browser is signed in; session FIELD VALUE
		"away":    awayAssert,    // away, away REGEXP: the browser is sent to another site, the provider
		"trips":   tripsAssert,   // trips N: how often the last sign-in went to the provider
	}
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
	return p.Signal(syscall.SIGKILL)
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
		w.secrets.add(text[strings.LastIndexByte(text, '/')+1:]) // of a link, the token
	}
	ts.Setenv(args[0], text)
	return nil
}

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

func postCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	form := url.Values{}
	for _, arg := range args[1:] {
		name, value, _ := strings.Cut(arg, "=")
		form.Add(name, value)
	}
	return w.current.post(strings.TrimPrefix(args[0], w.procs[host].URL), form)
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

func deliverCommand(w *world, _ *testscript.TestScript, _ []string) error { return w.current.deliver() }

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
	w.current.hold(form)
	return nil
}

func (a answer) hasStatus(want string) error {
	if got := strconv.Itoa(a.status); got != want {
		return fmt.Errorf("%s, not %s: %.600s", got, want, a.text())
	}
	return nil
}

func statusAssert(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	return w.last.hasStatus(args[0])
}

func codeAssert(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	if got := w.last.code(); got != args[0] {
		return fmt.Errorf("%q, not %q: %d %.600s", got, args[0], w.last.status, w.last.text())
	}
	return nil
}

func fieldAssert(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 2); err != nil {
		return err
	}
	return w.last.is(args[0], args[1])
}

func headerAssert(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 2); err != nil {
		return err
	}
	return matches(args[1], strings.Join(w.last.header.Values(args[0]), "\n"))
}

func saysAssert(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	return matches(args[0], w.last.text())
}

func matches(pattern, text string) error {
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	if !expression.MatchString(text) {
		return fmt.Errorf("%q does not match %.600s", pattern, text)
	}
	return nil
}

func sessionAssert(w *world, _ *testscript.TestScript, args []string) error {
	page, away := w.current.page, w.current.away
	last := w.last
	err := w.current.get("/session")
	document := w.last
	w.current.page, w.current.away, w.last = page, away, last
	switch {
	case err != nil:
		return err
	case document.status != http.StatusOK:
		return fmt.Errorf("/session answers %d", document.status)
	case len(args) == 2:
		return document.is(args[0], args[1])
	}
	return nil
}

func tripsAssert(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	if got := strconv.Itoa(w.current.trips); got != args[0] {
		return fmt.Errorf("%s, not %s", got, args[0])
	}
	return nil
}

func awayAssert(w *world, _ *testscript.TestScript, args []string) error {
	if w.current.away == "" {
		return fmt.Errorf("the browser stays here: %d %.600s", w.current.page.status, w.current.page.text())
	}
	return matches(strings.Join(args, " "), w.current.away)
}
