package web

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/sso"
)

// english is what pages speak when no other language is wanted, and where texts come from that a language lacks.
const english = "en"

// languageCookie keeps a choice made on a page; it carries no authority.
const (
	languageCookie = "idplug_lang"
	languageFor    = 365 * 24 * time.Hour
)

// words are the texts of one language by key, from texts/<tag>.json. Places in braces are filled in.
type words struct {
	tag  string
	text map[string]string
}

func loadWords() (map[string]words, error) {
	entries, err := files.ReadDir("texts")
	if err != nil {
		return nil, err
	}
	all := map[string]words{}
	for _, e := range entries {
		data, err := files.ReadFile("texts/" + e.Name())
		if err != nil {
			return nil, err
		}
		w := words{tag: strings.TrimSuffix(e.Name(), ".json")}
		if err := json.Unmarshal(data, &w.text); err != nil {
			return nil, fmt.Errorf("texts %s: %w", e.Name(), err)
		}
		all[w.tag] = w
	}
	return all, nil
}

// say is the text of a key; params are name, value, name, value. A key that does not exist is a mistake of the page.
func (w words) say(key string, params ...any) (string, error) {
	text, ok := w.text[key]
	if !ok {
		return "", fmt.Errorf("no text %q in %s", key, w.tag)
	}
	filled := map[string]string{}
	for i := 0; i+1 < len(params); i += 2 {
		filled[fmt.Sprint(params[i])] = fmt.Sprint(params[i+1])
	}
	return sso.Fill(text, filled), nil
}

// or is the text of a key, or other when the language has none.
func (w words) or(key, other string) string {
	if text, ok := w.text[key]; ok {
		return text
	}
	return other
}

// problem are the words of a problem in this language: a plugin's own as they are, else the catalogue's.
func (w words) problem(p sso.Problem) (summary, fix string) {
	if p.Summary != "" {
		return p.Words()
	}
	return w.refusal(p.Code, p.Params)
}

func (w words) refusal(code sso.Code, params map[string]string) (summary, fix string) {
	t := sso.TextOf(code)
	key := "problem." + string(code)
	return sso.Fill(w.or(key, t.Summary), params), sso.Fill(w.or(key+".fix", t.Fix), params)
}

// functions are what templates call.
func (w words) functions() template.FuncMap {
	return template.FuncMap{"t": w.say, "lang": func() string { return w.tag }}
}

// language is what the page shall speak: what ?lang= chooses and a cookie keeps, else what the browser asks for.
func (s *Server) language(c echo.Context) string {
	if wanted := c.QueryParam("lang"); s.pages.speaks(wanted) {
		s.setCookie(c, languageCookie, wanted, languageFor, lax)
		return wanted
	}
	if kept := s.cookie(c, languageCookie); s.pages.speaks(kept) {
		return kept
	}
	return s.accepted(c.Request())
}

// accepted is the first language of Accept-Language by its weights that there is (RFC 9110 12.5.4), or English.
func (s *Server) accepted(r *http.Request) string {
	type wish struct {
		tag    string
		weight float64
	}
	var wishes []wish
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			weight, _ = strconv.ParseFloat(q, 64) // not a number: not wanted
		}
		if weight > 0 && s.pages.speaks(primary) {
			wishes = append(wishes, wish{primary, weight})
		}
	}
	if len(wishes) == 0 {
		return english
	}
	return slices.MaxFunc(wishes, func(a, b wish) int { // the first of equal ones
		switch {
		case a.weight < b.weight:
			return -1
		case a.weight > b.weight:
			return 1
		}
		return 0
	}).tag
}
