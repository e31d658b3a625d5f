package web

import (
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

// english is what pages speak when no other language is wanted, and where texts come from that a language lacks.
const english = "en"

// languageCookie keeps a choice made on a page; it carries no authority.
const (
	languageCookie = "idplug_lang"
	languageFor    = 365 * 24 * time.Hour
)

// words are the texts of one language by key, from texts/<tag>.json and texts/<tag>_<part>.json. Places in braces are filled in. What refusals
// and warnings say in English stands in core/sso, beside their codes.
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
		part := map[string]string{}
		if err := json.Unmarshal(data, &part); err != nil {
			return nil, fmt.Errorf("texts %s: %w", e.Name(), err)
		}
		tag, _, _ := strings.Cut(strings.TrimSuffix(e.Name(), ".json"), "_")
		if _, ok := all[tag]; !ok {
			all[tag] = words{tag: tag, text: map[string]string{}}
		}
		maps.Copy(all[tag].text, part)
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

// problems are problems by field, in the shape of the API's, in words of this language.
func (w words) problems(ps sso.Problems) []api.FieldError {
	out := make([]api.FieldError, len(ps))
	for i, p := range ps {
		summary, fix := w.problem(p)
		out[i] = api.FieldError{Field: p.Field, Code: string(p.Code), Summary: summary, Fix: fix}
	}
	return out
}

// explain is a refusal in one paragraph: what is wrong by field, else what the code says.
func (w words) explain(refusal *sso.Error) string {
	summary, fix := w.refusal(refusal.Code, refusal.Params)
	if len(refusal.Problems) > 0 {
		summary, fix = w.problem(refusal.Problems[0])
	}
	return summary + " " + fix
}

// who is who can mend what a text is about.
func (w words) who(t sso.Text) string {
	return w.or("who."+strings.ReplaceAll(t.Who, " ", "_"), t.Who)
}

// functions are what templates call.
func (w words) functions() template.FuncMap {
	return template.FuncMap{"t": w.say, "lang": func() string { return w.tag }}
}

// wordsFor are the texts of the language that the page shall speak.
func (s *Server) wordsFor(c echo.Context) words {
	const key = "words"
	w, ok := c.Get(key).(words)
	if !ok {
		w = s.pages.words[s.language(c)]
		c.Set(key, w)
	}
	return w
}

// tellLanguage says in which language the page is, and what that hung on (RFC 9110 8.5, 12.5.5).
func tellLanguage(c echo.Context, w words) {
	h := c.Response().Header()
	h.Set("Content-Language", w.tag)
	h.Add(echo.HeaderVary, "Accept-Language, Cookie")
}

// languageLink leads to the same page in another language.
type languageLink struct {
	Tag, Name, Path string
	Current         bool
}

// languageLinks are none for the answer to a form or to a SAML message, which a link would not get again.
func (s *Server) languageLinks(c echo.Context, w words) []languageLink {
	if c.Request().Method != http.MethodGet || strings.HasPrefix(c.Path(), "/saml/") {
		return nil
	}
	query := c.Request().URL.Query()
	query.Del("ticket") // of a test: it was spent, and no page repeats a secret
	return s.pages.languageLinks(w.tag, query)
}

func (p pages) languageLinks(current string, query url.Values) (links []languageLink) {
	for _, tag := range slices.Sorted(maps.Keys(p.words)) {
		query.Set("lang", tag)
		links = append(links, languageLink{Tag: tag, Name: p.words[tag].or("language", tag), Path: "?" + query.Encode(), Current: tag == current})
	}
	return links
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
