package e2e

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// crowdVerbs are the verbs of the stories on both databases, besides those of all.
func crowdVerbs() map[string]func(*testscript.TestScript, bool, []string) {
	out := map[string]func(*testscript.TestScript, bool, []string){}
	for name, do := range map[string]command{
		"member":   memberCommand,   // member LOGIN N GROUP…: a person at the provider, in N groups, the last of which are named
		"unsigned": unsignedCommand, // unsigned: take every signature out of the answer in hand
		"visitors": visitorsCommand, // visitors N TENANT LOGIN: one person finishes N logins at once, each in a browser of its own
		"saves":    savesCommand,    // saves N TENANT VERSION: N saves of one version at once
		"warns":    warnsAssert,     // warns FIELD CODE: the document carries this warning
	} {
		out[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			err := do(worldOf(ts), ts, args)
			if !neg {
				check(ts, name, err)
			} else if err == nil {
				ts.Fatalf("%s holds, and should not", name)
			}
		}
	}
	return out
}

func memberCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 2); err != nil {
		return err
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	groups := slices.Clone(args[2:])
	for i := range n - len(groups) {
		groups = slices.Insert(groups, 0, fmt.Sprintf("group-%04d", i))
	}
	person, err := json.Marshal(map[string]any{"email": args[0], "first_name": "Many", "last_name": "Groups", "groups": groups})
	if err != nil {
		return err
	}
	return w.must(http.MethodPut, "idp/_control/people/"+args[0], string(person))
}

var signature = regexp.MustCompile(`(?s)<(ds:)?Signature[ >].*?</(ds:)?Signature>`)

func unsignedCommand(w *world, _ *testscript.TestScript, _ []string) error {
	form := w.current.held.Values
	doc, err := base64.StdEncoding.DecodeString(form.Get("SAMLResponse"))
	if err != nil {
		return err
	}
	bare := signature.ReplaceAll(doc, nil)
	if len(bare) == len(doc) {
		return errors.New("the answer holds no signature")
	}
	form.Set("SAMLResponse", base64.StdEncoding.EncodeToString(bare))
	return nil
}

// visitorsCommand wants every one of the logins signed in.
func visitorsCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 3); err != nil {
		return err
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	browsers := make([]*browser, n)
	for i := range browsers {
		browsers[i] = w.browser(fmt.Sprintf("%s %d", args[2], i))
		if err := browsers[i].begin(loginPath(args[1:2]), args[2]); err != nil {
			return err
		}
	}
	answers, errs := make([]answer, n), make([]error, n)
	atOnce(n, func(i int) {
		var one []answer
		if one, errs[i] = browsers[i].postAtOnce(1); errs[i] == nil {
			answers[i] = one[0]
		}
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if outcomes := tally(answers); outcomes[signedIn] != n {
		return fmt.Errorf("%v", outcomes)
	}
	return nil
}

// atOnce calls do for 0 … n-1, all at the same moment.
func atOnce(n int, do func(i int)) {
	ready := make(chan struct{})
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-ready
			do(i)
		})
	}
	close(ready)
	group.Wait()
}

// signedIn is what tally calls a login that ended well.
const signedIn = "signed in"

// tally counts what became of many requests: signed in, or status and code.
func tally(answers []answer) map[string]int {
	out := map[string]int{}
	for _, a := range answers {
		outcome := fmt.Sprintf("%d %s", a.status, a.code())
		if a.status == http.StatusSeeOther && strings.Contains(fmt.Sprint(a.header["Set-Cookie"]), "idplug_session=") {
			outcome = signedIn
		}
		out[outcome]++
	}
	return out
}

// savesCommand wants exactly one save to be taken; the others are told that they are stale, by version or by If-Match.
func savesCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 3); err != nil {
		return err
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	answers, errs := make([]answer, n), make([]error, n)
	atOnce(n, func(i int) {
		role := `"default_roles":["` + []string{"agent", "analyst"}[i%2] + `"]`
		if i%3 == 0 {
			answers[i], errs[i] = w.patch("/tenants/"+args[1]+"/sso", "{"+role+"}", `"`+args[2]+`"`)
			return
		}
		answers[i], errs[i] = w.patch("/tenants/"+args[1]+"/sso", `{"version":`+args[2]+","+role+"}", "")
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	outcomes := tally(answers)
	if stale := outcomes["409 version_conflict"] + outcomes["412 precondition_failed"]; outcomes["200 "] != 1 || stale != n-1 {
		return fmt.Errorf("%v", outcomes)
	}
	return nil
}

// patch is a PATCH that does not become what was answered last, so that many can be made at once.
func (w *world) patch(path, body, ifMatch string) (answer, error) {
	request, err := http.NewRequestWithContext(w.ctx, http.MethodPatch, w.procs[host].URL+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", acceptJSON)
	request.Header.Set("Authorization", "Bearer "+w.token)
	if ifMatch != "" {
		request.Header.Set("If-Match", ifMatch)
	}
	response, err := w.script().Do(request)
	if err != nil {
		return answer{}, err
	}
	return read(response)
}

func warnsAssert(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 2); err != nil {
		return err
	}
	var document struct {
		Warnings []struct{ Field, Code, Summary, Fix string }
	}
	if err := json.Unmarshal(w.last.body, &document); err != nil {
		return err
	}
	for _, warning := range document.Warnings {
		if warning.Field == args[0] && warning.Code == args[1] && warning.Summary != "" {
			return nil
		}
	}
	return fmt.Errorf("only %+v", document.Warnings)
}
