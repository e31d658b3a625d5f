package mail_test

import (
	"encoding/json"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/host/mail"
)

// read is a mail as its reader sees it.
type read struct {
	netmail.Header
	subject, plain, html string
}

func reading(t *testing.T, data string) read {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(data))
	require.NoError(t, err)
	r := read{Header: m.Header}
	r.subject, err = (&mime.WordDecoder{}).DecodeHeader(m.Header.Get("Subject"))
	require.NoError(t, err)
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, into := range []*string{&r.plain, &r.html} {
		part, err := parts.NextRawPart()
		require.NoError(t, err)
		require.Equal(t, "quoted-printable", part.Header.Get("Content-Transfer-Encoding"))
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		require.NoError(t, err)
		*into = string(body)
	}
	_, err = parts.NextRawPart()
	require.ErrorIs(t, err, io.EOF)
	return r
}

// arrived sends one letter and reads it.
func arrived(t *testing.T, l directory.Letter) read {
	t.Helper()
	p := &post{}
	w := send(t, p.open(t, nil, false), newQueue(l))
	require.True(t, w.next(t).sent)
	return reading(t, (<-p.got).data)
}

func TestAnInvitationSaysWhatItIs(t *testing.T) {
	r := arrived(t, letter(1))
	require.Equal(t, "Your access to Acme & Söhne", r.subject)
	require.Equal(t, `"Acme sign-in" <no-reply@sso.example.com>`, r.Get("From"))
	require.Equal(t, "<ada@example.com>", r.Get("To"))
	require.Equal(t, "auto-generated", r.Get("Auto-Submitted"))
	require.Contains(t, r.Get("Message-Id"), "@sso.example.com>")
	require.NotEmpty(t, r.Get("Date"))
	const link = "https://sso.example.com/invitation/acme/secret-token-1"
	require.Contains(t, r.plain, "Hello Ada <Lovelace>,")
	require.Contains(t, r.plain, "identity provider")
	require.Contains(t, r.plain, "\r\n"+link+"\r\n")
	require.Contains(t, r.html, `href="`+link+`"`)
	require.Contains(t, r.html, "Ada &lt;Lovelace&gt;", "names are escaped")
	require.NotContains(t, r.html, "src=", "nothing is loaded from anywhere")
	for name, values := range r.Header {
		for _, v := range values {
			require.NotContains(t, v, "secret-token", "%s: the link is in the text only", name)
		}
	}
}

func TestLettersFollowKindSettingsAndLanguage(t *testing.T) {
	l := letter(1)
	l.SSO, l.Language = false, "de"
	r := arrived(t, l)
	require.Equal(t, "Ihr Zugang zu Acme & Söhne", r.subject)
	require.Contains(t, r.plain, "Kennwort")
	require.Contains(t, r.html, `lang="de"`)
	require.Equal(t, "de", r.Get("Content-Language"))
	l.Kind, l.Language = directory.ResetMail, "tlh" // a language that there is not
	r = arrived(t, l)
	require.Equal(t, "A new password for Acme & Söhne", r.subject)
	require.Contains(t, r.plain, "one hour")
	require.Equal(t, "en", r.Get("Content-Language"))
}

func TestNamesWriteNoHeaders(t *testing.T) {
	for _, evil := range []string{
		"Acme\r\nBcc: eve@example.com", "Acme\nBcc: eve@example.com", "Acme\rBcc: eve@example.com", "Acme\r\n\r\n<h1>", "Acme\u2028Bcc: eve@example.com",
		"=?utf-8?q?Acme=0D=0ABcc:_eve@example.com?=", "Acme\x00\x1b[31m", strings.Repeat("ä", 300), "{name} {tenant} {link}",
	} {
		l := letter(1)
		l.TenantName, l.Name = evil, evil
		r := arrived(t, l)
		require.Empty(t, r.Get("Bcc"), "%q", evil)
		require.Equal(t, []string{"<ada@example.com>"}, r.Header["To"])
		require.Equal(t, []string{
			"Auto-Submitted", "Content-Language", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To", "X-Auto-Response-Suppress",
		}, slices.Sorted(maps.Keys(r.Header)), "%q", evil)
		require.NotContains(t, r.subject, "\n")
		require.NotContains(t, r.subject+r.plain, "\x1b", "nothing that a terminal obeys")
		require.NotContains(t, r.html, "<h1>")
	}
}

func TestEveryLanguageHasEveryText(t *testing.T) {
	texts := map[string]map[string]string{}
	for _, tag := range []string{"en", "de"} {
		data, err := os.ReadFile("texts/" + tag + ".json")
		require.NoError(t, err)
		one := map[string]string{}
		require.NoError(t, json.Unmarshal(data, &one))
		texts[tag] = one
	}
	require.Equal(t, slices.Sorted(maps.Keys(texts["en"])), slices.Sorted(maps.Keys(texts["de"])))
	for tag, one := range texts {
		for key, text := range one {
			require.NotEmpty(t, text, "%s %s", tag, key)
		}
	}
}

func TestServers(t *testing.T) {
	for raw, want := range map[string]mail.Server{
		"smtp://mail.example.com":                 {Host: "mail.example.com", Port: 587, StartTLS: true},
		"smtps://ada:p%40ss@mail.example.com":     {Host: "mail.example.com", Port: 465, User: "ada", Password: "p@ss", Implicit: true},
		"smtp://ada:x@mail.example.com:25/":       {Host: "mail.example.com", Port: 25, User: "ada", Password: "x", StartTLS: true},
		"smtp://mail.example.com:25?starttls=off": {Host: "mail.example.com", Port: 25},
		"smtp://127.0.0.1:1025":                   {Host: "127.0.0.1", Port: 1025},
		"smtp://ada:x@localhost:1025":             {Host: "localhost", Port: 1025, User: "ada", Password: "x"},
		"smtp://[::1]:1025?starttls=required":     {Host: "::1", Port: 1025, StartTLS: true},
	} {
		s, err := mail.ParseServer(raw)
		require.NoError(t, err, raw)
		require.Equal(t, want, s, raw)
	}
	weak, err := mail.ParseServer("smtp://mail.example.com?starttls=off")
	require.NoError(t, err)
	require.True(t, weak.Weak())
	for _, raw := range []string{
		"", "mail.example.com:25", "http://mail.example.com", "smtp://", "smtp://ada:pass%zz@mail.example.com", "smtp://mail.example.com:0",
		"smtp://mail.example.com:99999", "smtp://mail.example.com/path", "smtp://ada:secret@mail.example.com?starttls=off",
		"smtp://mail.example.com?tls=off", "smtps://mail.example.com?starttls=off", "smtp://mail.example.com?starttls=perhaps",
	} {
		_, err := mail.ParseServer(raw)
		require.Error(t, err, raw)
		require.NotContains(t, err.Error(), "secret")
		require.NotContains(t, err.Error(), "pass%zz")
	}
}

func TestSenders(t *testing.T) {
	a, err := mail.ParseFrom("Sign-in <no-reply@example.com>")
	require.NoError(t, err)
	require.Equal(t, netmail.Address{Name: "Sign-in", Address: "no-reply@example.com"}, a)
	for _, raw := range []string{"", "nobody", "a@example.com, b@example.com", "a@example.com\r\nBcc: b@example.com", "\"a\r\n\" <a@example.com>"} {
		_, err := mail.ParseFrom(raw)
		require.Error(t, err, "%q", raw)
	}
	require.Equal(t, "idplug@sso.example.com", mail.DefaultFrom("https://sso.example.com:8443"))
	require.Equal(t, "idplug@localhost", mail.DefaultFrom("http://127.0.0.1:8080"))
}
