package web

import (
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/sso"
)

// maxBody bounds a document of the API: metadata of 2 MiB, quoted, fits.
const maxBody = 4 << 20

const mergePatch = "application/merge-patch+json"

// acceptJSON refuses other content types and bounds the body. It also writes the content type plainly, as the generated code compares it.
func acceptJSON(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if c.Path() == importPath {
			return acceptCSV(c, next)
		}
		var expected string
		switch r.Method {
		case http.MethodPost, http.MethodPut:
			expected = echo.MIMEApplicationJSON
		case http.MethodPatch:
			expected = mergePatch + " or " + echo.MIMEApplicationJSON
		default:
			return next(c)
		}
		if r.ContentLength == 0 && r.Header.Get(echo.HeaderContentType) == "" { // nothing is sent; who needs something says so
			r.Header.Set(echo.HeaderContentType, echo.MIMEApplicationJSON) // the generated code reads none of a kind that it is not told
			return next(c)
		}
		media, params, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
		charset := params["charset"]
		switch {
		case err != nil, charset != "" && !strings.EqualFold(charset, "utf-8"):
			return sso.Refuse("web.body", sso.UnsupportedMedia, "expected", expected)
		case media == echo.MIMEApplicationJSON, media == mergePatch && r.Method == http.MethodPatch:
		default:
			return sso.Refuse("web.body", sso.UnsupportedMedia, "expected", expected)
		}
		r.Header.Set(echo.HeaderContentType, media)
		r.Body = http.MaxBytesReader(c.Response(), r.Body, maxBody)
		return next(c)
	}
}

// strictBinder reads request bodies for echo and for the generated code.
type strictBinder struct{}

// Bind reads the one JSON document of the body into v, strictly; a [jsontext.Value] takes it unread.
func (strictBinder) Bind(v any, c echo.Context) error {
	data, err := io.ReadAll(c.Request().Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return err
	case err != nil:
		return sso.Refuse("web.body", sso.BadRequest, "detail", "the body did not arrive whole").Because(err)
	}
	if c.Request().Method == http.MethodPatch {
		return decodePatch(data, v)
	}
	return decode(data, v)
}

// decodePatch reads a merge patch into a struct whose pointers say what is named. null would remove a member, and what these documents have
// cannot be removed; a patch that is taken unread sees to its nulls itself.
func decodePatch(data []byte, v any) error {
	if err := decode(data, v); err != nil {
		return err
	}
	if _, raw := v.(*jsontext.Value); raw {
		return nil
	}
	named, err := members(data)
	if err != nil {
		return err
	}
	var ps sso.Problems
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if named[name].Kind() == 'n' {
			ps.Add(sso.Failure, name, sso.Required)
		}
	}
	if len(ps) > 0 {
		return sso.Refuse("web.body", sso.Invalid).With(ps)
	}
	return nil
}

// decode reads one JSON document: first its form (400), then its fields (422).
func decode(data []byte, v any) error {
	if err := checkForm(data); err != nil {
		return err
	}
	if raw, ok := v.(*jsontext.Value); ok {
		*raw = data
		return nil
	}
	return decodeFields(data, v)
}

// checkForm refuses broken JSON, duplicate keys, invalid UTF-8 and trailing data.
func checkForm(data []byte) error {
	var syntactic *jsontext.SyntacticError
	var whole jsontext.Value
	err := json.Unmarshal(data, &whole)
	switch {
	case err == nil:
		return nil
	case len(strings.TrimSpace(string(data))) == 0:
		return sso.Refuse("web.body", sso.BadJSON, "detail", "it is empty")
	case errors.As(err, &syntactic) && errors.Is(err, jsontext.ErrDuplicateName):
		return sso.Refuse("web.body", sso.BadJSON, "detail", "the key at "+string(syntactic.JSONPointer)+" stands twice")
	case errors.As(err, &syntactic):
		return sso.Refuse("web.body", sso.BadJSON, "detail", "byte "+strconv.FormatInt(syntactic.ByteOffset, 10)+" does not belong there")
	}
	return sso.Refuse("web.body", sso.BadJSON, "detail", "it cannot be read").Because(err)
}

func decodeFields(data []byte, v any) error {
	err := json.Unmarshal(data, v, json.RejectUnknownMembers(true))
	var semantic *json.SemanticError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &semantic):
		return sso.Refuse("web.body", sso.BadJSON, "detail", "it cannot be read").Because(err)
	}
	var ps sso.Problems
	field := fieldPath(semantic.JSONPointer)
	if errors.Is(semantic.Err, json.ErrUnknownName) {
		ps.Add(sso.Failure, field, sso.UnknownField)
	} else {
		ps.Add(sso.Failure, field, sso.WrongType, "expected", expectedType(semantic.GoType))
	}
	return sso.Refuse("web.body", sso.Invalid).With(ps)
}

// fieldPath writes /role_mappings/0/roles/1 as role_mappings[0].roles[1].
func fieldPath(p jsontext.Pointer) string {
	var b strings.Builder
	for token := range p.Tokens() {
		if _, err := strconv.ParseUint(token, 10, 32); err == nil {
			b.WriteString("[" + token + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(token)
	}
	return b.String()
}

func expectedType(t reflect.Type) string {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil {
		return "another type"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Slice, reflect.Array:
		return "a list"
	default:
		return "an object"
	}
}

// writeJSON writes v without the escapes that encoding/json adds for HTML.
func writeJSON(c echo.Context, status int, contentType string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.Blob(status, contentType, append(data, '\n'))
}

// members are the top-level members of a document whose form was checked; a document that is no object is refused.
func members(data []byte) (map[string]jsontext.Value, error) {
	var m map[string]jsontext.Value
	if err := json.Unmarshal(data, &m); err != nil || m == nil {
		var ps sso.Problems
		ps.Add(sso.Failure, "", sso.WrongType, "expected", "an object")
		return nil, sso.Refuse("web.body", sso.Invalid).With(ps)
	}
	return m, nil
}

func bytesText(n int64) string {
	switch {
	case n >= 1<<20:
		return strconv.FormatInt(n>>20, 10) + " MiB"
	default:
		return strconv.FormatInt(n>>10, 10) + " KiB"
	}
}
