package e2e

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/program"
	"github.com/idplug/idplug/testing/score"
	"github.com/idplug/idplug/testing/vectors"
)

// The processor time that one body may cost an anonymous client's victim; the test allows twice as much, for processors that are slow
// or shared. It takes 30 ms of one, so that is far enough away for a time to be asserted, alone of all.
const (
	bodyTarget  = 250 * time.Millisecond
	bodyCeiling = 2 * bodyTarget
	// The memory is no time: its target holds on every machine.
	bodyMemory = 32 << 20
)

// TestAnonymousBodiesCostLittle posts what anybody can: bombs that stop other verifiers, and junk of every size a form may have. The server refuses
// each in next to no time, stays the same process, and signs somebody in afterwards.
func TestAnonymousBodiesCostLittle(t *testing.T) {
	t.Parallel()
	port, err := program.FreePort(t.Context())
	require.NoError(t, err)
	ops := "127.0.0.1:" + port
	f := newForge(t, "IDPLUG_OPS_LISTEN="+ops)
	const entityID = "http://www.okta.com/exkbombs"
	f.trust(t, entityID)
	b := f.browser("anybody")
	b.accept = acceptJSON
	var most time.Duration
	var memory float64
	for name, body := range f.bodies(t, b, entityID) {
		was := allocated(t, ops)
		before, err := f.procs[host].CPU()
		require.NoError(t, err)
		status := f.throw(t, b, body)
		after, err := f.procs[host].CPU()
		require.NoError(t, err)
		used := allocated(t, ops) - was // and by one look at the metrics
		require.Less(t, used, float64(bodyMemory), name)
		memory = max(memory, used)
		require.GreaterOrEqual(t, status, 400, name)
		require.Less(t, status, 500, name)
		require.Less(t, after-before, bodyCeiling, name)
		most = max(most, after-before)
		if used := after - before; used > bodyTarget {
			t.Logf("%s: %s of processor time", name, used)
		}
	}
	require.True(t, f.procs[host].Running(), "the server must survive")
	score.Report(t, "CPU of one anonymous body, most (ms)", float64(most.Milliseconds()), "<= 250")
	score.Report(t, "memory allocated for one anonymous body, most (MiB)", memory/(1<<20), "<= 32")
	base, state := f.ask(t, b, entityID)
	message, err := vectors.All()[0].Message(base)
	require.NoError(t, err)
	f.answer(t, b, message, state)
	requireSignedIn(t, b)
}

// allocated are the bytes that the server has allocated since its start, freed or not.
func allocated(t *testing.T, ops string) float64 {
	t.Helper()
	response, err := http.Get("http://" + ops + "/metrics")
	require.NoError(t, err)
	a, err := read(response)
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(a.body), "\ngo_memstats_alloc_bytes_total ")
	require.True(t, found)
	value, _, _ := strings.Cut(rest, "\n")
	bytes, err := strconv.ParseFloat(value, 64)
	require.NoError(t, err)
	return bytes
}

// bodies are whole bodies of a POST to the assertion consumer service. An attacker can begin a login as anybody can, so the bombs come with a flow.
func (f *forge) bodies(t *testing.T, b *browser, entityID string) map[string]string {
	t.Helper()
	base, state := f.ask(t, b, entityID)
	form := func(response string) string {
		return url.Values{"SAMLResponse": {response}, "RelayState": {state}}.Encode()
	}
	const answer, body = 512 << 10, 1 << 20 // bytes of a decoded answer, of a whole body
	random := rand.NewChaCha8([32]byte{1})
	noise := make([]byte, answer)
	_, _ = random.Read(noise) // never fails
	encode := base64.StdEncoding.EncodeToString
	bodies := map[string]string{
		"nothing":               "",
		"noise in base64":       form(encode(noise)),
		"noise":                 string(noise),
		"1 MiB of noise":        string(bytes.Repeat(noise, 2)),
		"more than 1 MiB":       "SAMLResponse=" + strings.Repeat("A", body),
		"1 MiB of A":            "SAMLResponse=" + strings.Repeat("A", body-13),
		"1 MiB of percent":      "SAMLResponse=" + strings.Repeat("%41", body/3-8),
		"1 MiB of line breaks":  "SAMLResponse=" + strings.Repeat("%0A", body/3-8),
		"a million fields":      strings.Repeat("&", body),
		"fields with names":     strings.Repeat("a=b&", body/4),
		"SAMLResponse for ever": strings.Repeat("SAMLResponse=&", body/14),
		"zeros":                 form(encode(make([]byte, answer))),
		"angle brackets":        form(encode(bytes.Repeat([]byte("<"), answer))),
		"open elements":         form(encode(bytes.Repeat([]byte("<a>"), answer/3))),
		"closed elements":       form(encode(bytes.Repeat([]byte("<a/>"), answer/4))),
		"ampersands":            form(encode([]byte("<a>" + strings.Repeat("&lt;", answer/4-4) + "</a>"))),
		"entities":              form(encode([]byte(`<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>`))),
		"UTF-16":                form(encode(append([]byte{0xff, 0xfe}, bytes.Repeat([]byte{'<', 0}, answer/2-1)...))),
		"a long name":           form(encode([]byte("<" + strings.Repeat("a", answer-1)))),
		"a long value":          form(encode([]byte(`<a b="` + strings.Repeat("c", answer-16) + `"/>`))),
	}
	for _, v := range vectors.All() {
		if strings.HasPrefix(v.Name, "bomb: ") {
			message, err := v.Message(base)
			require.NoError(t, err)
			bodies[v.Name] = form(message)
		}
	}
	return bodies
}

// throw posts a body as it is, with the browser's cookies.
func (f *forge) throw(t *testing.T, b *browser, body string) int {
	t.Helper()
	status, err := f.throwRaw(b, body)
	require.NoError(t, err)
	return status
}

func (f *forge) throwRaw(b *browser, body string) (status int, err error) {
	request, err := f.bodyRequest(b, body)
	if err != nil {
		return 0, err
	}
	response, err := f.script().Do(request)
	if err != nil {
		return 0, err
	}
	a, err := read(response)
	return a.status, err
}

func (f *forge) bodyRequest(b *browser, body string) (*http.Request, error) {
	request, err := http.NewRequestWithContext(f.ctx, http.MethodPost, f.procs[host].URL+"/saml/acme/acs", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	elsewhere(request)
	for _, cookie := range b.client.Jar.Cookies(request.URL) {
		request.AddCookie(cookie)
	}
	return request, nil
}
