package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// stampedeCommand posts one answer N times at once with the same cookies: exactly one may sign in, every other one is a replay.
func stampedeCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 1); err != nil {
		return err
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	answers, err := w.current.postAtOnce(n)
	if err != nil {
		return err
	}
	signedIn, replays := 0, 0
	others := map[string]int{}
	for _, a := range answers {
		switch code := a.code(); {
		case a.status == http.StatusSeeOther && strings.Contains(fmt.Sprint(a.header["Set-Cookie"]), "idplug_session="):
			signedIn++
		case a.status == http.StatusForbidden && strings.HasPrefix(code, "replay."):
			replays++
		default:
			others[fmt.Sprintf("%d %s", a.status, code)]++
		}
	}
	if signedIn != 1 || replays != n-1 {
		return fmt.Errorf("%d signed in, %d replays, %v", signedIn, replays, others)
	}
	return nil
}

// postAtOnce posts the answer in hand n times, each with the cookies that the browser has now. The jar learns nothing.
func (b *browser) postAtOnce(n int) ([]answer, error) {
	at, err := url.Parse(b.held.Action)
	if err != nil {
		return nil, err
	}
	cookies := b.client.Jar.Cookies(at)
	client := b.stay()
	client.Jar = nil
	answers, errs := make([]answer, n), make([]error, n)
	ready := make(chan struct{})
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			request, err := formRequest(b.w.ctx, b.held.Action, b.held.Values)
			if err != nil {
				errs[i] = err
				return
			}
			for _, cookie := range cookies {
				request.AddCookie(cookie)
			}
			request.Header.Set("Accept", acceptJSON)
			<-ready
			response, err := client.Do(request)
			if err != nil {
				errs[i] = err
				return
			}
			answers[i], errs[i] = read(response)
		})
	}
	close(ready)
	group.Wait()
	return answers, errors.Join(errs...)
}

// crowdCommand lets N people sign in for the first time at once, while the plugins are killed as often as they come back.
func crowdCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 2); err != nil {
		return err
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	crowd := make([]*browser, n)
	for i := range crowd {
		who := fmt.Sprintf("crowd%02d@example.com", i)
		person := fmt.Sprintf(`{"email":%q,"first_name":"Nobody","last_name":"Number %d"}`, who, i)
		if err := w.must(http.MethodPut, "idp/_control/people/"+who, person); err != nil {
			return err
		}
		crowd[i] = w.browser(who)
		if err := crowd[i].begin("/login/"+args[1], who); err != nil {
			return err
		}
	}
	done, killed := make(chan struct{}), make(chan int)
	go func() { killed <- w.killUntil(done) }()
	errs := make([]error, n)
	var group sync.WaitGroup
	for i, b := range crowd {
		group.Go(func() { errs[i] = b.mustSignIn() })
	}
	group.Wait()
	close(done)
	if <-killed == 0 {
		errs = append(errs, errors.New("no plugin was ever running"))
	}
	return errors.Join(errs...)
}

// mustSignIn posts the answer in hand and expects a session.
func (b *browser) mustSignIn() error {
	answers, err := b.postAtOnce(1)
	if err != nil {
		return err
	}
	if a := answers[0]; a.status != http.StatusSeeOther || !strings.Contains(fmt.Sprint(a.header["Set-Cookie"]), "idplug_session=") {
		return fmt.Errorf("a login was lost: %d %s", a.status, a.code())
	}
	return nil
}

// killUntil kills plugins until done is closed, at most for half a minute, and returns how many died.
func (w *world) killUntil(done <-chan struct{}) int {
	killed := 0
	for range 3000 {
		killed += w.killPlugins()
		select {
		case <-done:
			return killed
		case <-time.After(10 * time.Millisecond):
		}
	}
	<-done
	return killed
}

// drainCommand sends the answer in hand, and SIGTERM to the server when it has read the head of the request and waits for the rest. The
// login must be finished, a later one must find nobody, and the server must end with code 0.
func drainCommand(w *world, _ *testscript.TestScript, _ []string) error {
	p := w.procs[host]
	conn, err := net.Dial("tcp", p.Addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return err
	}
	request, err := formRequest(w.ctx, w.current.held.Action, w.current.held.Values)
	if err != nil {
		return err
	}
	for _, cookie := range w.current.client.Jar.Cookies(request.URL) {
		request.AddCookie(cookie)
	}
	request.Header.Set("Expect", "100-continue")
	body := w.current.held.Values.Encode()
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", request.URL.Path, request.URL.Host, len(body))
	for name, values := range request.Header {
		head += name + ": " + strings.Join(values, "; ") + "\r\n"
	}
	if _, err := conn.Write([]byte(head + "\r\n")); err != nil {
		return err
	}
	lines := bufio.NewReader(conn)
	if line, err := lines.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		return fmt.Errorf("the server does not ask for the body: %q %w", line, err)
	}
	if _, err := lines.ReadString('\n'); err != nil {
		return err
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := eventually(func() error { return refuses(p.Addr) }); err != nil {
		return err
	}
	if _, err := conn.Write([]byte(body)); err != nil {
		return err
	}
	return w.drained(lines, request)
}

// refuses tells whether nobody listens at the address any more.
func refuses(address string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil
	}
	return errors.Join(errors.New("the server still takes connections"), conn.Close())
}

func (w *world) drained(lines *bufio.Reader, request *http.Request) error {
	response, err := http.ReadResponse(lines, request)
	if err != nil {
		return fmt.Errorf("the login under way was cut off: %w", err)
	}
	if w.last, err = read(response); err != nil {
		return err
	}
	w.current.client.Jar.SetCookies(request.URL, response.Cookies())
	code, err := w.procs[host].Wait()
	if err == nil && code != 0 {
		err = fmt.Errorf("the server ended with code %d", code)
	}
	return err
}
