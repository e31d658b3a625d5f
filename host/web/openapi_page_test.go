package web

import (
	"fmt"
	"html/template"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// What the page of the API shows.
type (
	docs struct {
		Groups  []docsGroup
		Schemas []docsSchema
		Codes   []field
	}
	docsGroup struct {
		Name, ID string
		Text     template.HTML
		Calls    []docsCall
	}
	docsCall struct {
		ID, Method, Path, Summary string
		Text                      template.HTML
		Parameters                []field
		Body                      *docsBody
		Answers                   []docsAnswer
		Curl                      string
	}
	docsBody struct {
		Types   []string
		Kind    template.HTML
		Example string
	}
	docsAnswer struct {
		Status, Type string
		Text         template.HTML
		Kind         template.HTML
		Headers      []field
		Example      string
	}
	docsSchema struct {
		Name   string
		Text   template.HTML
		Fields []field
	}
	docsTable struct {
		Label string
		Rows  []field
	}
)

func (c docsCall) Table() docsTable   { return docsTable{"Parameters: " + c.Summary, c.Parameters} }
func (s docsSchema) Table() docsTable { return docsTable{"Fields of " + s.Name, s.Fields} }

const docsPage = `<nav aria-label="Contents" class="contents">
{{range .Groups}}<h2><a href="#{{.ID}}">{{.Name}}</a></h2>
<ul>{{range .Calls}}<li><a href="#{{.ID}}"><code>{{.Method}} {{.Path}}</code></a> {{.Summary}}</li>
{{end}}</ul>
{{end}}<p><a href="#schemas">Schemas</a>, <a href="#codes">codes</a></p>
</nav>
{{range .Groups}}<h2 id="{{.ID}}">{{.Name}}</h2>
<p>{{.Text}}</p>
{{range .Calls}}<section>
<h3 id="{{.ID}}"><a href="#{{.ID}}"><code>{{.Method}} {{.Path}}</code></a></h3>
<p>{{.Summary}}.{{with .Text}} {{.}}{{end}}</p>
{{if .Parameters}}<h4>Parameters</h4>
{{template "table" .Table}}{{end}}{{with .Body}}<h4>Body</h4>
<p>{{.Kind}} as {{range $i, $type := .Types}}{{if $i}} or {{end}}<code>{{$type}}</code>{{end}}</p>
{{end}}<h4>Answers</h4>
<ul>{{range .Answers}}<li>{{if eq .Status "default"}}Any other status: {{.Text}}{{else}}<strong>{{.Status}}</strong> {{.Text}}{{end}}{{with .Kind}} {{.}}{{end}}{{with .Type}} as <code>{{.}}</code>{{end}}{{range .Headers}}; header <code>{{.Name}}</code>: {{.Text}}{{end}}</li>
{{end}}</ul>
<details><summary>Example: {{.Summary}}</summary>
<pre tabindex="0"><code>{{.Curl}}</code></pre>
{{range .Answers}}{{with .Example}}<pre tabindex="0"><code>{{.}}</code></pre>
{{end}}{{end}}</details>
</section>
{{end}}{{end}}<h2 id="schemas">Schemas</h2>
{{range .Schemas}}<section>
<h3 id="schema-{{.Name}}"><a href="#schema-{{.Name}}">{{.Name}}</a></h3>
{{with .Text}}<p>{{.}}</p>
{{end}}{{template "table" .Table}}</section>
{{end}}<h2 id="codes">Codes</h2>
<p>What <code>code</code> of a refusal, and of each of its errors and of each warning, can be. Codes stay as they are; their words may change.</p>
<div class="scroll" tabindex="0" role="group" aria-label="Codes"><table><thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Meaning</th></tr></thead><tbody>
{{range .Codes}}<tr><th scope="row"><code>{{.Name}}</code></th><td>{{.Where}}</td><td>{{.Text}}</td></tr>
{{end}}</tbody></table></div>
{{define "table"}}<div class="scroll" tabindex="0" role="group" aria-label="{{.Label}}"><table><thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>
{{range .Rows}}<tr><th scope="row"><code>{{.Name}}</code></th><td>{{.Kind}}</td><td>{{if .Required}}<em>Required.</em> {{end}}{{with .Where}}In the {{.}}. {{end}}{{.Text}}</td></tr>
{{end}}</tbody></table></div>
{{end}}`

func docsTemplate(t *testing.T) *template.Template {
	t.Helper()
	page, err := template.New("docs").Parse(docsPage)
	require.NoError(t, err)
	return page
}

func openAPIFile(t *testing.T) node {
	t.Helper()
	data, err := os.ReadFile("openapi.yaml")
	require.NoError(t, err)
	var doc yaml.Node
	require.NoError(t, yaml.Unmarshal(data, &doc))
	return node{doc.Content[0], doc.Content[0]}
}

// docsOf reads the page out of the OpenAPI file: groups in its order, calls by path.
func docsOf(t *testing.T) docs {
	t.Helper()
	file := openAPIFile(t)
	var out docs
	for _, tag := range file.at("tags").items() {
		name := tag.at("name").text()
		g := docsGroup{Name: name, ID: "group-" + strings.ToLower(strings.ReplaceAll(name, " ", "-")), Text: coded(tag.at("description").words())}
		readSpec(t).each(t, func(method, path string, o operation) {
			require.Len(t, o.Tags, 1, o.OperationID)
			if o.Tags[0] == name {
				g.Calls = append(g.Calls, callOf(t, file.at("paths", path), method, path))
			}
		})
		out.Groups = append(out.Groups, g)
	}
	for _, s := range file.at("components", "schemas").pairs() {
		if rows := fields(s.Value); len(rows) > 0 {
			out.Schemas = append(out.Schemas, docsSchema{Name: s.Key, Text: coded(s.Value.at("description").words()), Fields: rows})
		}
	}
	out.Codes = codes()
	return out
}

func callOf(t *testing.T, path node, method, address string) docsCall {
	t.Helper()
	o := path.at(strings.ToLower(method))
	c := docsCall{ID: o.at("operationId").text(), Method: method, Path: address, Summary: o.at("summary").words(), Text: coded(o.at("description").words())}
	for _, p := range slices.Concat(path.at("parameters").items(), o.at("parameters").items()) {
		row := fieldOf(p.at("name").text(), p.at("schema"), p.at("required").text() == "true")
		row.Text = coded(strings.TrimSpace(p.at("description").words() + " " + p.at("schema").limits()))
		row.Where = p.at("in").text()
		c.Parameters = append(c.Parameters, row)
		if example := p.at("example").text(); row.Where == "path" {
			require.NotEmpty(t, example, "%s %s: no example of %s", method, address, row.Name)
			address = strings.ReplaceAll(address, "{"+row.Name+"}", example)
		}
	}
	if content := o.at("requestBody", "content").pairs(); len(content) > 0 {
		c.Body = &docsBody{Kind: content[0].Value.at("schema").kind(), Example: exampleOf(t, c.ID, content[0])}
		for _, one := range content {
			c.Body.Types = append(c.Body.Types, one.Key)
		}
	}
	for _, r := range o.at("responses").pairs() {
		a := docsAnswer{Status: r.Key, Text: coded(r.Value.at("description").words())}
		for _, h := range r.Value.at("headers").pairs() {
			a.Headers = append(a.Headers, fieldOf(h.Key, h.Value, false))
		}
		if content := r.Value.at("content").pairs(); len(content) > 0 {
			a.Type, a.Kind = content[0].Key, content[0].Value.at("schema").kind()
			if r.Key != "default" {
				a.Example = exampleOf(t, c.ID, content[0])
			}
		}
		c.Answers = append(c.Answers, a)
	}
	c.Curl = curl(c, method, address)
	return c
}

// exampleOf is the first example of a body as it would be sent; every body has one.
func exampleOf(t *testing.T, call string, content pairOf) string {
	t.Helper()
	examples := content.Value.at("examples").pairs()
	require.NotEmpty(t, examples, "%s: no example of its %s", call, content.Key)
	value := examples[0].Value.at("value")
	require.NotNil(t, value.Node, "%s: the example of its %s has no value", call, content.Key)
	if strings.HasPrefix(content.Key, "text/") {
		return value.text()
	}
	return value.json(t)
}

// curl is the call as one types it into a shell; $IDPLUG is the origin of the service and $TOKEN a token.
func curl(c docsCall, method, address string) string {
	line := `curl -H "Authorization: Bearer $TOKEN"`
	if method != "GET" {
		line += " -X " + method
	}
	line += fmt.Sprintf(` "$IDPLUG/api/v1%s"`, address)
	if c.Body != nil {
		line += fmt.Sprintf(" \\\n  -H 'Content-Type: %s' --data-binary '%s'", c.Body.Types[0], strings.ReplaceAll(c.Body.Example, "'", `'\''`))
	}
	return line
}
