package mail

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	html "html/template"
	netmail "net/mail"
	"path"
	"strings"
	text "text/template"
	"unicode"

	"github.com/wneessen/go-mail"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

//go:embed texts/*.json letter.txt letter.html
var files embed.FS

// english is what letters speak where the wanted language is missing.
const english = "en"

// paper is what letters are written on: the texts by language, and both forms.
type paper struct {
	texts map[string]map[string]string
	plain *text.Template
	html  *html.Template
}

func newPaper() (*paper, error) {
	p := &paper{texts: map[string]map[string]string{}}
	entries, err := files.ReadDir("texts")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		data, err := files.ReadFile("texts/" + e.Name())
		if err != nil {
			return nil, err
		}
		texts := map[string]string{}
		if err := json.Unmarshal(data, &texts); err != nil {
			return nil, fmt.Errorf("mail: %s: %w", e.Name(), err)
		}
		p.texts[strings.TrimSuffix(e.Name(), path.Ext(e.Name()))] = texts
	}
	if p.plain, err = text.ParseFS(files, "letter.txt"); err != nil {
		return nil, err
	}
	p.html, err = html.ParseFS(files, "letter.html")
	return p, err
}

// written are the words of one letter.
type written struct {
	Language, Subject, Hello, What, Button, Link, Until, NotYou string
}

// words are the letter's, in its language. Names come from people and providers: what could break a line is taken out.
func (p *paper) words(l directory.Letter, origin string) written {
	w := written{Language: l.Language, Link: origin + "/invitation/" + string(l.Tenant) + "/" + l.Token}
	texts, ok := p.texts[l.Language]
	if !ok {
		w.Language, texts = english, p.texts[english]
	}
	kind, what := string(l.Kind), "password"
	if l.SSO {
		what = "sso"
	}
	params := map[string]string{"tenant": oneLine(l.TenantName), "name": oneLine(l.Name)}
	if params["tenant"] == "" {
		params["tenant"] = string(l.Tenant)
	}
	say := func(key string) string { return sso.Fill(texts[key], params) }
	w.Hello, w.Subject, w.What = say("hello"), say(kind+".subject"), say(kind+"."+what)
	w.Button, w.Until, w.NotYou = say(kind+".button"), say(kind+".until"), say(kind+".not_you")
	return w
}

// oneLine takes out what breaks lines, and what a mail program would decode into them (RFC 2047).
func oneLine(s string) string {
	s = strings.ReplaceAll(s, "=?", "= ?")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// message is a letter ready to go. The person's name is in no header; the address is one that [sso.ParseEmail] let in.
func (p *paper) message(l directory.Letter, origin string, from netmail.Address, id string) (*mail.Msg, error) {
	w := p.words(l, origin)
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	m.FromMailAddress(&from)
	m.ToMailAddress(&netmail.Address{Address: string(l.To)})
	m.Subject(w.Subject)
	m.SetDate()
	_, domain, _ := strings.Cut(from.Address, "@")
	m.SetMessageIDWithValue(id + "@" + domain)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 5: no holiday notes to us
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	m.SetGenHeader("Content-Language", w.Language)
	var plain, page bytes.Buffer
	if err := p.plain.Execute(&plain, w); err != nil {
		return nil, err
	}
	if err := p.html.Execute(&page, w); err != nil {
		return nil, err
	}
	m.SetBodyString(mail.TypeTextPlain, plain.String())
	m.AddAlternativeString(mail.TypeTextHTML, page.String())
	return m, nil
}
