package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
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

// crowdCommand lets N people sign in for the first time at once, again and again, and kills the plugin each time a little later in their way. A call
// is tried once more when its process dies, so each round has one death: who is struck twice may be refused.
func crowdCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 2); err != nil {
		return err
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	for _, delay := range []time.Duration{0, 3 * time.Millisecond, 10 * time.Millisecond, 30 * time.Millisecond} {
		if err := w.pluginAnswers(args[1]); err != nil {
			return err
		}
		if err := w.crowd(args[1], n, delay); err != nil {
			return fmt.Errorf("killed after %s: %w", delay, err)
		}
	}
	return nil
}

// pluginAnswers waits until a plugin is ready and lets it answer somebody, because one that dies without an answer is not started again at once.
func (w *world) pluginAnswers(tenant string) error {
	ready := func() error {
		if err := w.must(http.MethodGet, "/providers/okta", ""); err != nil {
			return err
		}
		return w.last.is("state", "ready")
	}
	if err := eventually(ready); err != nil {
		return err
	}
	crowd, err := w.gather(tenant, 1)
	if err != nil {
		return err
	}
	return crowd[0].mustSignIn()
}

func (w *world) crowd(tenant string, n int, delay time.Duration) error {
	crowd, err := w.gather(tenant, n)
	if err != nil {
		return err
	}
	lost := make([]error, n)
	var group sync.WaitGroup
	for i, b := range crowd {
		group.Go(func() { lost[i] = b.mustSignIn() })
	}
	time.Sleep(delay)
	killed := w.killPlugins()
	group.Wait()
	if killed == 0 {
		return errors.New("no plugin was running")
	}
	return errors.Join(lost...)
}

// gather brings new people as far as the provider's answer, each with a browser.
func (w *world) gather(tenant string, n int) ([]*browser, error) {
	crowd := make([]*browser, n)
	for i := range crowd {
		who := fmt.Sprintf("crowd%d@example.com", len(w.browsers))
		person := fmt.Sprintf(`{"email":%q,"first_name":"Nobody","last_name":"Special"}`, who)
		if err := w.must(http.MethodPut, "idp/_control/people/"+who, person); err != nil {
			return nil, err
		}
		crowd[i] = w.browser(who)
		if err := crowd[i].begin("/login/"+tenant, who); err != nil {
			return nil, err
		}
	}
	return crowd, nil
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

// drainCommand sends the answer in hand, and SIGTERM to the server when it has read the head of the request and waits for the rest. The
// login must be finished, nobody else may be let in meanwhile, and the server must end with code 0.
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
	lines := bufio.NewReader(conn)
	if err := sendHead(conn, lines, request); err != nil {
		return err
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := eventually(func() error { return refuses(p.Addr) }); err != nil {
		return err
	}
	if _, err := io.Copy(conn, request.Body); err != nil {
		return err
	}
	return w.drained(lines, request)
}

// sendHead sends a request without its body, and waits until the server asks for that: from then on the request is under way (RFC 9110 10.1.1).
func sendHead(conn net.Conn, lines *bufio.Reader, request *http.Request) error {
	request.Header.Set("Expect", "100-continue")
	request.Header.Set("Content-Length", strconv.FormatInt(request.ContentLength, 10))
	request.Header.Set("Host", request.URL.Host)
	var head bytes.Buffer
	fmt.Fprintf(&head, "POST %s HTTP/1.1\r\n", request.URL.Path)
	if err := request.Header.Write(&head); err != nil {
		return err
	}
	head.WriteString("\r\n")
	if _, err := conn.Write(head.Bytes()); err != nil {
		return err
	}
	line, err := lines.ReadString('\n')
	if err != nil || !strings.Contains(line, "100 Continue") {
		return fmt.Errorf("the server does not ask for the body: %q %w", line, err)
	}
	_, err = lines.ReadString('\n')
	return err
}

// refuses is nil when nobody listens at the address any more.
func refuses(address string) error {
	conn, err := net.Dial("tcp", address)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil
	}
	if err != nil {
		return err
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
