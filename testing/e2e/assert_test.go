package e2e

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

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
