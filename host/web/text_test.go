package web

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

var placeholder = regexp.MustCompile(`\{\w+\}`)

// places are the {names} of a text, sorted.
func places(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// TestEveryTextIsInEveryLanguage: with the same places to fill in. English refusals stand beside their codes.
func TestEveryTextIsInEveryLanguage(t *testing.T) {
	all, err := loadWords()
	require.NoError(t, err)
	require.Greater(t, len(all), 1)
	want := map[string]string{}
	for key, text := range all[english].text {
		require.False(t, strings.HasPrefix(key, "problem."), key)
		want[key] = text
	}
	for _, code := range sso.Codes() {
		want["problem."+string(code)] = sso.TextOf(code).Summary
		want["problem."+string(code)+".fix"] = sso.TextOf(code).Fix
		require.Contains(t, want, "who."+strings.ReplaceAll(sso.TextOf(code).Who, " ", "_"), code)
	}
	for tag, other := range all {
		if tag == english {
			continue
		}
		for key, text := range want {
			if translated := other.text[key]; translated == "" {
				t.Errorf("%s has no text %q: %s", tag, key, text)
			} else if have := places(translated); !subset(have, places(text)) {
				t.Errorf("%s fills in %v where English has %v: %q", tag, have, places(text), key)
			}
		}
		for key := range other.text {
			if _, ok := want[key]; !ok {
				t.Errorf("%s has a text %q that English does not have", tag, key)
			}
		}
	}
}

func subset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// sources are the pages and the Go files of this room, without tests.
func sources(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".html") && !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".gen.go") {
			return err
		}
		data, err := os.ReadFile(path)
		b.Write(data)
		return err
	}))
	return b.String()
}

// TestEveryTextIsUsed: by its key, or by one end of its key, to or from a dot, to which code adds a value.
func TestEveryTextIsUsed(t *testing.T) {
	all, err := loadWords()
	require.NoError(t, err)
	written := sources(t)
	for key := range all[english].text {
		used := strings.Contains(written, `"`+key+`"`)
		for i, r := range key {
			prefix := `"` + key[:i] + "."
			end := key[i:] + `"`
			used = used || r == '.' && (strings.Contains(written, prefix+`"`) || strings.Contains(written, prefix+`%`) ||
				strings.Contains(written, `"`+end) || strings.Contains(written, `%s`+end))
		}
		if !used {
			t.Errorf("nobody says %q", key)
		}
	}
}

var (
	generated = regexp.MustCompile(`(?s)<!-- generated:.*?<!-- /generated:\w+ -->`)
	machinery = regexp.MustCompile(`(?s)\{\{.*?\}\}|<script.*?</script>|<style.*?</style>|<(?:code|pre)\b.*?</(?:code|pre)>|<!--.*?-->`)
	spoken    = regexp.MustCompile(`\s(?:aria-label|aria-roledescription|alt|title|placeholder)="([^"]*)"`)
	tags      = regexp.MustCompile(`<[^>]*>`)
	word      = regexp.MustCompile(`\p{L}{2,}`)
)

// hardCoded are the words that a page says past the catalogue.
func hardCoded(page string) []string {
	page = machinery.ReplaceAllString(generated.ReplaceAllString(page, ""), "")
	texts := []string{tags.ReplaceAllString(page, " ")}
	for _, m := range spoken.FindAllStringSubmatch(page, -1) {
		texts = append(texts, m[1])
	}
	return word.FindAllString(strings.Join(texts, " "), -1)
}

// TestPagesHoldNoWordsOfTheirOwn: but for names that are the same in all languages. The API's documentation is English.
func TestPagesHoldNoWordsOfTheirOwn(t *testing.T) {
	require.Equal(t, []string{"Sign", "in", "Close"}, hardCoded(`<h1>Sign in{{t "x"}}</h1><p title="Close" class="note">{{"no"}}</p><script>let a</script>`))
	names := []string{"idplug", "API", "CSV", "XML", "SHA"}
	entries, err := files.ReadDir("pages")
	require.NoError(t, err)
	for _, e := range entries {
		if e.Name() == "api.html" {
			continue
		}
		page, err := files.ReadFile("pages/" + e.Name())
		require.NoError(t, err)
		for _, w := range hardCoded(string(page)) {
			if !slices.Contains(names, w) {
				t.Errorf("%s: %q is not from the catalogue", e.Name(), w)
			}
		}
	}
}

// TestPublicPagesSpeakLanguages: each in the browser's, and in the one chosen; documents for programs stay as they are.
func TestPublicPagesSpeakLanguages(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "administrator")
	link, err := w.o.Directory.InviteAdministrator(t.Context(), operator, "acme", "")
	require.NoError(t, err)
	b := w.browser()
	for _, at := range []struct {
		method, path    string
		form            url.Values
		german, english string
	}{
		{"GET", "/login?signed_out=1", nil, "Sie sind abgemeldet.", "You are signed out."},
		{"POST", "/login", url.Values{"email": {"nobody"}}, "Diese E-Mail-Adresse nehmen wir nicht an.", "This is not an e-mail address we accept."},
		{"POST", "/login", url.Values{"email": {"nobody@acme.test"}}, "Kurzname Ihrer Organisation", "Short name of your organisation"},
		{"POST", "/login/acme", url.Values{"email": {"ada@acme.test"}, "password": {"x"}}, "Kennwort ist falsch", "password is wrong"},
		{"GET", "/login/acme", nil, "Kennwort", "Password"},
		{"GET", "/login/nobody", nil, "Hier ist nichts.", "There is nothing here."},
		{"GET", "/saml/acme/acs", nil, "Wer es beheben kann", "Who can fix it"},
		{"GET", "/invitation/acme/" + link, nil, "Sie werden der erste Administrator sein.", "You will be the first administrator."},
		{"GET", "/api/docs", nil, `lang="de"`, `lang="en"`},
	} {
		german := b.do(at.method, at.path, at.form, "Accept-Language", "fr, de-AT;q=0.9, en;q=0.5")
		require.Contains(t, german.Body.String(), at.german, at.path)
		require.Contains(t, german.Body.String(), `<html lang="de">`, at.path)
		require.Equal(t, "de", german.Header().Get("Content-Language"), at.path)
		require.Contains(t, strings.Join(german.Header().Values("Vary"), ", "), "Accept-Language, Cookie", at.path)
		other := b.do(at.method, at.path, at.form, "Accept-Language", "*")
		require.Contains(t, other.Body.String(), at.english, at.path)
		require.Equal(t, german.Code, other.Code)
	}
	require.Contains(t, b.do("GET", "/login/nobody", nil, "Accept-Language", "de", "Accept", "application/json").Body.String(), "There is nothing here.")
	require.Contains(t, b.do("GET", "/login?return_to=%2Fwork&lang=de", nil).Body.String(), `href="?lang=en&amp;return_to=%2Fwork"`)
	require.Equal(t, 303, b.do("POST", "/login/acme", url.Values{"email": {"ada@acme.test"}, "password": {password}}).Code)
	require.Contains(t, b.do("GET", "/", nil).Body.String(), "Angemeldet als", "the choice is kept")
}

// TestRefusalsAreExplainedInGerman: what cannot be read off the page of a language is worth as little as an English one.
func TestRefusalsAreExplainedInGerman(t *testing.T) {
	all, err := loadWords()
	require.NoError(t, err)
	de := all["de"]
	var ps sso.Problems
	ps.Add(sso.Failure, "password", sso.PasswordWeak, "min", "12", "max", "128")
	refusal := sso.Refuse("test", sso.Invalid)
	refusal.Problems = ps
	require.Equal(t, "Das Kennwort ist zu kurz oder zu lang. Verwenden Sie 12 bis 128 Zeichen.", de.explain(refusal))
	require.Equal(t, "der Betreiber des Identitätsanbieters", de.who(sso.TextOf(sso.SigMissing)))
	require.Equal(t, directory.MinPassword, 12)
	require.Equal(t, "own words", de.problems(sso.Problems{{Field: "x", Code: "y.z", Summary: "own words"}})[0].Summary)
}
