package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// api calls the admin API; path starts below /api/v1, or is one of the development provider's ("idp/_control/…").
func (w *world) api(method, path, body string, header http.Header) error {
	address := w.procs[host].URL + "/api/v1" + path
	if rest, ok := strings.CutPrefix(path, "idp/"); ok {
		address = w.procs["idp"].URL + "/" + rest
	}
	request, err := http.NewRequestWithContext(w.ctx, method, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	if body != "" {
		request.Header.Set("Content-Type", acceptJSON)
	}
	maps.Copy(request.Header, header)
	if w.token != "" {
		request.Header.Set("Authorization", "Bearer "+w.token)
	}
	response, err := w.script().Do(request)
	if err != nil {
		return err
	}
	w.last, err = read(response)
	return err
}

// script is a client without cookies: a program of an administrator, not a browser.
func (w *world) script() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: w.secrets.Watch(http.DefaultTransport)}
}

// must calls the API and expects a success.
func (w *world) must(method, path, body string) error {
	if err := w.api(method, path, body, nil); err != nil {
		return err
	}
	if w.last.status/100 != 2 {
		return fmt.Errorf("%s %s: %d %s", method, path, w.last.status, w.last.body)
	}
	return nil
}

// field finds a value of a JSON document by a path such as "errors[0].code"; "length" at the end counts a list.
func (a answer) field(path string) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("no JSON: %d %.300s", a.status, a.text())
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON document")
	}
	for step := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		next, err := descend(value, step)
		if err != nil {
			return nil, fmt.Errorf("%s: %w in %s", path, err, a.body)
		}
		value = next
	}
	return value, nil
}

func descend(value any, step string) (any, error) {
	switch v := value.(type) {
	case map[string]any:
		inner, ok := v[step]
		if !ok {
			return nil, fmt.Errorf("no %q", step)
		}
		return inner, nil
	case []any:
		if step == "length" {
			return json.Number(strconv.Itoa(len(v))), nil
		}
		i, err := strconv.Atoi(step)
		if err != nil || i < 0 || i >= len(v) {
			return nil, fmt.Errorf("no element %s of %d", step, len(v))
		}
		return v[i], nil
	}
	return nil, fmt.Errorf("nothing below %q", step)
}

// is tells whether a field has a value, given as plain text or as JSON.
func (a answer) is(path, want string) error {
	value, err := a.field(path)
	if err != nil {
		return err
	}
	if text, ok := value.(string); ok {
		if text != want {
			return fmt.Errorf("%s is %q, not %q", path, text, want)
		}
		return nil
	}
	got, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var g, wanted any
	if json.Unmarshal(got, &g) != nil || json.Unmarshal([]byte(want), &wanted) != nil || !reflect.DeepEqual(g, wanted) {
		return fmt.Errorf("%s is %s, not %s", path, got, want)
	}
	return nil
}

// code is the stable code of a refusal, in a problem document or on a page; "" where there is none.
func (a answer) code() string {
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") {
		code, err := a.field("code")
		if text, ok := code.(string); err == nil && ok {
			return text
		}
		return ""
	}
	_, rest, _ := strings.Cut(string(a.body), `<dt>Code</dt><dd><code>`)
	code, _, _ := strings.Cut(rest, "<")
	return code
}
