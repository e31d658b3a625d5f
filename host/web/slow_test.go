package web

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// slowWorld serves on a port, with the limits of [HTTPServer] in short.
func slowWorld(t *testing.T) string {
	t.Helper()
	w := newWorld(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := HTTPServer("", w.Server.Handler())
	require.LessOrEqual(t, server.ReadTimeout, 10*time.Second)
	server.ReadHeaderTimeout, server.ReadTimeout = 300*time.Millisecond, 300*time.Millisecond
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return l.Addr().String()
}

// say opens a connection and says something.
func say(t *testing.T, addr, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	_, err = fmt.Fprint(c, text)
	require.NoError(t, err)
	return c
}

// ends fails when the server does not let go of a connection by itself, and returns the status it answered with before, 0 for none.
func ends(t *testing.T, c net.Conn) int {
	t.Helper()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(20*time.Second)))
	lines := bufio.NewReader(c)
	status := 0
	response, err := http.ReadResponse(lines, nil)
	if err == nil {
		status = response.StatusCode
		require.NoError(t, response.Body.Close())
	}
	for err == nil {
		_, err = lines.ReadByte()
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatal("the server keeps the connection")
	}
	return status
}

// drip says one byte after the other until the connection ends.
func drip(c net.Conn) {
	for err := error(nil); err == nil; _, err = c.Write([]byte("a")) {
		time.Sleep(50 * time.Millisecond) // slower than a deadline that each byte put off
	}
}

const slowHead = "POST /saml/acme/acs HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"

// TestSlowBodiesKeepNobodyWaiting: whoever sends headers or a body by drops, or nothing at all, is let go, and meanwhile others are served.
func TestSlowBodiesKeepNobodyWaiting(t *testing.T) {
	addr := slowWorld(t)
	const many, idle = 250, 1000
	var slow []net.Conn
	for _, text := range []string{slowHead + "Content-Length: 1000\r\n\r\nSAMLResponse=", "GET / HTTP/1.1\r\nHost: "} {
		c := say(t, addr, text)
		go drip(c)
		slow = append(slow, c)
	}
	for range many {
		slow = append(slow, say(t, addr, slowHead+"Content-Length: 1000\r\n\r\nSAMLResponse="), say(t, addr, "GET / HTTP/1.1\r\nHost"))
	}
	for range idle {
		slow = append(slow, say(t, addr, ""))
	}
	response, err := http.Get("http://" + addr + "/healthz")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, 200, response.StatusCode)
	for _, c := range slow {
		require.NotEqual(t, 2, ends(t, c)/100)
	}
}

// TestBodiesThatLie: a length that is none, chunks that are none, two lengths, a length and chunks, a compressed body.
func TestBodiesThatLie(t *testing.T) {
	const read = 403 // a form that was read, for a tenant that has SSO off
	addr := slowWorld(t)
	for name, text := range map[string]string{
		"shorter than it says":   "Content-Length: 100\r\nConnection: close\r\n\r\nSAMLResponse=a",
		"a length below zero":    "Content-Length: -1\r\n\r\nSAMLResponse=a",
		"two lengths":            "Content-Length: 14\r\nContent-Length: 13\r\n\r\nSAMLResponse=a",
		"chunks that are none":   "Transfer-Encoding: chunked\r\n\r\nzz\r\nSAMLResponse=a\r\n",
		"a chunk too short":      "Transfer-Encoding: chunked\r\n\r\nff\r\nSAMLResponse=a\r\n0\r\n\r\n",
		"an endless chunk":       "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nSAMLResponse=a",
		"chunks and compression": "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"compressed":             "Content-Encoding: gzip\r\nContent-Length: 4\r\nConnection: close\r\n\r\n\x1f\x8b\x08\x00",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status := ends(t, say(t, addr, slowHead+text))
			require.True(t, status == 0 || status/100 == 4 && status != read || status == 501, status)
		})
	}
	require.Equal(t, read, ends(t, say(t, addr, slowHead+"Content-Length: 14\r\nConnection: close\r\n\r\nSAMLResponse=a")), "the twin is read")
}
