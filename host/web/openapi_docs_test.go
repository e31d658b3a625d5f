package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/docblock"
)

// node is a part of the OpenAPI file with its order kept.
type node struct {
	*yaml.Node
	root *yaml.Node
}

// at is the part under the keys; its Node is nil where there is none. A reference is followed.
func (n node) at(keys ...string) node {
	for _, key := range keys {
		n = n.followed()
		var found *yaml.Node
		if n.Node != nil && n.Kind == yaml.MappingNode {
			for i := 0; i < len(n.Content); i += 2 {
				if n.Content[i].Value == key {
					found = n.Content[i+1]
				}
			}
		}
		n = node{found, n.root}
	}
	return n
}

// ref is what a reference names, "" for what is written out.
func (n node) ref() string {
	if n.Node == nil || n.Kind != yaml.MappingNode || len(n.Content) != 2 || n.Content[0].Value != "$ref" {
		return ""
	}
	return n.Content[1].Value[strings.LastIndex(n.Content[1].Value, "/")+1:]
}

func (n node) followed() node {
	if n.ref() == "" {
		return n
	}
	return node{n.root, n.root}.at(strings.Split(strings.TrimPrefix(n.Content[1].Value, "#/"), "/")...)
}

// pairs are the keys and parts of a mapping in their order.
func (n node) pairs() (out []pairOf) {
	n = n.followed()
	for i := 0; n.Node != nil && i+1 < len(n.Content); i += 2 {
		out = append(out, pairOf{n.Content[i].Value, node{n.Content[i+1], n.root}})
	}
	return out
}

type pairOf struct {
	Key   string
	Value node
}

// items are the parts of a list.
func (n node) items() (out []node) {
	for i := 0; n.Node != nil && i < len(n.Content); i++ {
		out = append(out, node{n.Content[i], n.root})
	}
	return out
}

func (n node) text() string {
	if n.Node == nil {
		return ""
	}
	return n.Value
}

func (n node) words() string { return strings.Join(strings.Fields(n.text()), " ") }

// json is the part as JSON, with its order kept.
func (n node) json(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, json.Indent(&out, []byte(n.compact(t)), "", "  "))
	return out.String()
}

func (n node) compact(t *testing.T) string {
	t.Helper()
	var parts []string
	switch n.Kind {
	case yaml.MappingNode:
		for _, p := range n.pairs() {
			parts = append(parts, fmt.Sprintf("%q:%s", p.Key, p.Value.compact(t)))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case yaml.SequenceNode:
		for _, item := range n.items() {
			parts = append(parts, item.compact(t))
		}
		return "[" + strings.Join(parts, ",") + "]"
	default:
		var v any
		require.NoError(t, n.Decode(&v))
		if n.Tag == "!!timestamp" {
			v = n.Value
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		require.NoError(t, e.Encode(v))
		return strings.TrimSpace(b.String())
	}
}

// kind is the type of a schema in words, with a link to the one that it names.
func (n node) kind() template.HTML {
	if name := n.ref(); name != "" && len(n.at("properties").pairs())+len(n.at("allOf").items()) > 0 {
		return template.HTML(fmt.Sprintf(`<a href="#schema-%s">%s</a>`, name, name))
	}
	n = n.followed()
	for _, choice := range []string{"oneOf", "allOf"} {
		var kinds []string
		for _, one := range n.at(choice).items() {
			kinds = append(kinds, string(one.kind()))
		}
		if len(kinds) > 0 {
			return template.HTML(strings.Join(kinds, " or "))
		}
	}
	switch typ := n.at("type"); {
	case typ.Node == nil:
		return "any"
	case typ.Kind == yaml.SequenceNode:
		var kinds []string
		for _, one := range typ.items() {
			kinds = append(kinds, one.Value)
		}
		return template.HTML(strings.Join(kinds, " or "))
	case typ.Value == "array":
		return "list of " + n.at("items").kind()
	case typ.Value == "object" && n.at("additionalProperties", "type").Node != nil:
		return "object of " + n.at("additionalProperties").kind()
	case n.at("format").text() == "date-time":
		return "time"
	default:
		return template.HTML(template.HTMLEscapeString(typ.Value))
	}
}

// limits are the bounds of a schema in words.
func (n node) limits() string {
	n = n.followed()
	var out []string
	if values := n.at("enum").items(); len(values) > 0 {
		var all []string
		for _, v := range values {
			all = append(all, "`"+v.Value+"`")
		}
		out = append(out, "One of "+strings.Join(all, ", ")+".")
	}
	for _, limit := range []struct{ key, says string }{
		{"default", "`%s` where it is absent."},
		{"minimum", "At least %s."},
		{"maximum", "At most %s."},
		{"maxLength", "At most %s characters."},
		{"maxItems", "At most %s."},
		{"pattern", "Form: `%s`."},
	} {
		if v := n.at(limit.key).text(); v != "" {
			out = append(out, fmt.Sprintf(limit.says, v))
		}
	}
	return strings.Join(out, " ")
}

// field is a row of a table.
type field struct {
	Name     string
	Where    string
	Required bool
	Kind     template.HTML
	Text     template.HTML
}

func fieldOf(name string, n node, required bool) field {
	text := n.at("description").words() + " " + n.limits()
	return field{Name: name, Kind: n.kind(), Text: coded(strings.TrimSpace(text)), Required: required}
}

// coded escapes a text, and shows what stands between backquotes as code.
func coded(text string) template.HTML {
	return template.HTML(inCode.ReplaceAllString(template.HTMLEscapeString(text), "<code>$1</code>"))
}

// fields are those of an object, with those of what it is made of.
func fields(n node) (out []field) {
	for _, part := range n.at("allOf").items() {
		out = append(out, fields(part)...)
	}
	required := n.at("required").items()
	for _, p := range n.at("properties").pairs() {
		if p.Value.ref() == "Ignored" {
			continue
		}
		out = append(out, fieldOf(p.Key, p.Value, slices.ContainsFunc(required, func(r node) bool { return r.Value == p.Key })))
		for _, inner := range fields(p.Value) {
			if p.Value.ref() == "" {
				inner.Name = p.Key + "." + inner.Name
				out = append(out, inner)
			}
		}
	}
	return out
}

// codes are the codes of refusals and warnings, with what they say.
func codes() (out []field) {
	for _, c := range sso.Codes() {
		t := sso.TextOf(c)
		out = append(out, field{Name: string(c), Where: strconv.Itoa(t.Status), Text: coded(t.Summary + " " + t.Fix)})
	}
	return out
}

func TestDocsPagePrintsTheOpenAPIFile(t *testing.T) {
	var page bytes.Buffer
	require.NoError(t, docsTemplate(t).Execute(&page, docsOf(t)))
	require.NotContains(t, page.String(), "{{", "the page is a template itself")
	docblock.Check(t, "host/web/pages/api.html", "operations", page.String(), *update)
}
