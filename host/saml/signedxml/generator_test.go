package signedxml_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// generator writes well-formed documents full of what makes canonicalization hard. The element to sign is an
// <a:Apex ID="x"> of the namespace urn:test:apex, at a random depth.
type generator struct {
	*rand.Rand
	b strings.Builder
	// plain keeps to what goxmldsig gets right: no attributes of two namespaces on one element, because it sorts them
	// by prefix; no literal tabs and line ends in attributes, because encoding/xml does not normalize them; no xmlns="",
	// because it repeats one where there is nothing to take back.
	plain bool
}

// bindings of the generated documents. A prefix means one thing; the default namespace may change.
var meanings = map[string]string{
	"a": "urn:test:apex", "b": "http://example.test/b", "zz": "urn:test:aaa", "A-1.x": "urn:test:zzz?a=1",
}

var prefixes = []string{"A-1.x", "a", "b", "zz"}

var defaults = []string{"", "urn:test:default", "urn:test:apex"}

func generate(seed uint64, plain bool) string {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), plain: plain}
	if g.IntN(2) == 0 {
		g.b.WriteString(pick(g, "<?xml version=\"1.0\"?>", "<?xml version='1.0' encoding='utf-8' standalone=\"yes\" ?>\r\n"))
	}
	g.element(nil, "", 0)
	return g.b.String()
}

func pick[T any](g *generator, of ...T) T { return of[g.IntN(len(of))] }

// element writes an element; scope holds the prefixes that are bound around it.
func (g *generator) element(scope []string, defaultURI string, depth int) {
	apex := depth == 2
	prefix := pick(g, append([]string{"", ""}, prefixes...)...)
	name := pick(g, "x", "Y", "e.1", "x")
	if apex {
		prefix, name = "a", "Apex"
	}
	var declares []string
	scope = slices.Clone(scope)
	declare := func(p string) {
		if !slices.Contains(declares, p) {
			declares = append(declares, p)
		}
		if !slices.Contains(scope, p) {
			scope = append(scope, p)
		}
	}
	for range g.IntN(3) {
		declare(pick(g, prefixes...)) // perhaps again, perhaps for nothing
	}
	if prefix != "" && !slices.Contains(scope, prefix) {
		declare(prefix)
	}
	attrs := g.attributes(scope)
	var parts []string
	for _, p := range declares {
		parts = append(parts, fmt.Sprintf(`xmlns:%s="%s"`, p, meanings[p]))
	}
	if g.IntN(3) == 0 {
		defaultURI = pick(g, defaults...)
		if g.plain && defaultURI == "" {
			defaultURI = defaults[1]
		}
		parts = append(parts, fmt.Sprintf(`xmlns='%s'`, defaultURI))
	}
	parts = append(parts, attrs...)
	if apex {
		parts = append(parts, `ID="x"`)
	}
	g.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	if prefix != "" {
		name = prefix + ":" + name
	}
	g.b.WriteString("<" + name)
	for _, part := range parts {
		g.b.WriteString(pick(g, " ", " ", "\n\t", "\r\n") + part)
	}
	if !apex && depth > 2 && g.IntN(4) == 0 {
		g.b.WriteString(pick(g, "/>", " />"))
		return
	}
	g.b.WriteString(pick(g, ">", ">", " >"))
	g.text()
	if depth < 2 {
		g.element(scope, defaultURI, depth+1)
	} else if depth < 6 {
		for range g.IntN(4) {
			g.element(scope, defaultURI, depth+1)
			g.text()
		}
	}
	g.text()
	g.b.WriteString("</" + name + pick(g, ">", ">", "\n>"))
}

func (g *generator) attributes(scope []string) (attrs []string) {
	names := []string{"m", "k", "Z"}
	if g.plain {
		if len(scope) > 0 {
			p := pick(g, scope...)
			names = append(names, p+":m", p+":n")
		}
	} else {
		for _, p := range scope {
			names = append(names, p+":m", p+":k")
		}
		names = append(names, "xml:lang", "xml:space")
	}
	g.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	uris := map[string]bool{}
	for _, n := range names[:g.IntN(min(4, len(names)))] {
		if uris[n] {
			continue
		}
		uris[n] = true
		value := g.value()
		if n == "xml:space" {
			value = pick(g, "preserve", "default")
		}
		eq := pick(g, "=", "=", " = ")
		if strings.Contains(value, `"`) {
			attrs = append(attrs, n+eq+"'"+value+"'")
		} else {
			attrs = append(attrs, n+eq+`"`+value+`"`)
		}
	}
	return attrs
}

func (g *generator) value() string {
	values := []string{"", "v", "a b  c", " lead", "&lt;&gt;&amp;&quot;&apos;", "&#10;&#x9;&#13;", "é€😀", ">", `say "hi"`, "a:b", "&#x1F600;"}
	if !g.plain {
		values = append(values, "tab\there", "line\nhere", "line\r\nhere", "line\rhere", "\r\n\r\n")
	}
	return pick(g, values...)
}

func (g *generator) text() {
	g.b.WriteString(pick(g, "", "", "\n  ", "text", "a&lt;b&gt;c&amp;d", "<![CDATA[<&>\"']]>", "<![CDATA[]]>", "x<![CDATA[y]]>z",
		"\r\n", "&#13;\r&#xd;\n", "é€😀", "\t", "]]&gt;", "] ]>", "&quot;&apos;", "'\""))
}
