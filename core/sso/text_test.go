package sso

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// declared reads code.go: for each of its const groups, the codes by name.
func declared(t *testing.T) []map[string]Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "code.go", nil, 0)
	require.NoError(t, err)
	var groups []map[string]Code
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		group := map[string]Code{}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			code, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			group[v.Names[0].Name] = Code(code)
		}
		groups = append(groups, group)
	}
	return groups
}

func TestEachCodeHasOneTextInTheMapOfItsGroup(t *testing.T) {
	groups := declared(t)
	texts := []map[Code]Text{apiTexts, fieldTexts, loginTexts}
	require.Len(t, groups, len(texts))
	total := 0
	for i, group := range groups {
		require.ElementsMatch(t, slices.Collect(maps.Values(group)), slices.Collect(maps.Keys(texts[i])), "group %d of code.go", i)
		total += len(group)
	}
	require.Len(t, Codes(), total)
	require.Equal(t, Codes(), slices.Compact(Codes()), "a code in two maps")
}

var codeForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$`)

func TestTextsAreWhole(t *testing.T) {
	who := []string{"operator", "caller", "administrator", "user", "identity provider", "plugin vendor"}
	for _, code := range Codes() {
		text := TextOf(code)
		require.Regexp(t, codeForm, string(code))
		require.Contains(t, who, text.Who, code)
		require.True(t, text.Status >= 400 && text.Status < 600, code)
		require.NotEmpty(t, text.Summary, code)
		require.NotEmpty(t, text.Fix, code)
		require.True(t, strings.HasSuffix(text.Fix, "."), code)
	}
	require.Equal(t, apiTexts[Invalid], TextOf("okta.api_url"), "a plugin's own code")
}

var place = regexp.MustCompile(`\{([a-z]+)\}`)

// Whoever refuses or warns in core must fill every place of the code's text: a person would read the braces.
func TestEveryPlaceOfATextIsFilledWhereItsCodeIsUsed(t *testing.T) {
	codes := map[string]Code{}
	for _, group := range declared(t) {
		maps.Copy(codes, group)
	}
	files, err := filepath.Glob("../*/*.go")
	require.NoError(t, err)
	checked := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, source, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if code, given, ok := refusal(call, codes); ok {
					checked++
					require.Subset(t, given, places(code), "%s: %s", set.Position(n.Pos()), code)
				}
			}
			return true
		})
	}
	require.Greater(t, checked, 80, "the calls were not found")
}

// refusal reads a call of Refuse(op, code, params…) or Add(severity, field, code, params…) with a code that is written out.
func refusal(call *ast.CallExpr, codes map[string]Code) (code Code, params []string, ok bool) {
	at := map[string]int{"Refuse": 1, "Add": 2}
	i, ok := at[last(call.Fun)]
	if !ok || len(call.Args) <= i {
		return "", nil, false
	}
	if code, ok = codes[last(call.Args[i])]; !ok {
		return "", nil, false
	}
	for j := i + 1; j < len(call.Args); j += 2 {
		if lit, literal := call.Args[j].(*ast.BasicLit); literal {
			name, err := strconv.Unquote(lit.Value)
			if err == nil {
				params = append(params, name)
			}
		}
	}
	return code, params, true
}

// last is the last name of an identifier or selector: Refuse of sso.Refuse.
func last(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func places(code Code) []string {
	text, names := TextOf(code), []string{}
	for _, m := range place.FindAllStringSubmatch(text.Summary+text.Fix, -1) {
		names = append(names, m[1])
	}
	return names
}

func TestWords(t *testing.T) {
	summary, fix := Problem{Code: TooLong, Params: map[string]string{"limit": "{limit}5"}}.Words()
	require.Equal(t, "This is longer than {limit}5.", summary, "a parameter is text, not a template")
	require.Equal(t, "Shorten it.", fix)
	summary, fix = Problem{Code: "okta.x", Summary: "Own words {limit}.", Params: map[string]string{"limit": "5"}}.Words()
	require.Equal(t, "Own words {limit}.", summary)
	require.Empty(t, fix, "a plugin without a remedy gets no other code's")
}
