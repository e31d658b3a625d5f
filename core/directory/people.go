package directory

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/idplug/idplug/core/sso"
)

// MaxPeopleFile bounds a CSV file, in bytes.
const MaxPeopleFile = 1 << 20

// The columns of a file of people. Roles and inboxes are lists separated by semicolons. The last column is written, and read by nobody.
const (
	columnEmail     = "email"
	columnName      = "name"
	columnRoles     = "roles"
	columnInboxes   = "inboxes"
	columnStatus    = "status"
	columnLastLogin = "last_login_at"
)

var peopleColumns = [...]string{columnEmail, columnName, columnRoles, columnInboxes, columnStatus, columnLastLogin}

// bom marks a file as UTF-8: some spreadsheets take it for something else without.
const bom = "\uFEFF"

// PersonRow is a row of a file of people as it stands there.
type PersonRow struct {
	Line                int
	Email, Name, Status string
	Roles, Inboxes      []string
	Problems            sso.Problems // of the row's form
}

// ReadPeople reads a CSV file (RFC 4180): UTF-8 with or without a byte-order mark, any line ends, separated by commas, or by semicolons or
// tabs as spreadsheets write it in some countries. The first line names the columns, in any order; email and roles must be there. Errors:
// [sso.TooLarge], [sso.CSVMalformed], [sso.CSVHeader], [sso.Invalid] with [sso.TooMany] at rows.
func ReadPeople(file []byte) ([]PersonRow, error) {
	const op = "directory.read_people"
	if len(file) > MaxPeopleFile {
		return nil, sso.Refuse(op, sso.TooLarge, "limit", strconv.Itoa(MaxPeopleFile>>20)+" MiB")
	}
	file = bytes.TrimPrefix(file, []byte(bom))
	if !utf8.Valid(file) || bytes.IndexByte(file, 0) >= 0 {
		return nil, sso.Refuse(op, sso.CSVMalformed, "detail", "it is not text in UTF-8")
	}
	r := csv.NewReader(bytes.NewReader(file))
	r.Comma, r.FieldsPerRecord = separator(file), -1
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, sso.Refuse(op, sso.CSVHeader, "detail", "the file is empty")
	}
	if err != nil {
		return nil, unreadable(op, err)
	}
	columns, err := readHeader(op, header)
	if err != nil {
		return nil, err
	}
	return readRows(op, r, columns)
}

// separator is what separates the columns of the first line.
func separator(file []byte) rune {
	first, _, _ := bytes.Cut(file, []byte("\n"))
	best, most := ',', bytes.Count(first, []byte(","))
	for _, other := range []rune{';', '\t'} {
		if n := bytes.Count(first, []byte(string(other))); n > most {
			best, most = other, n
		}
	}
	return best
}

func unreadable(op string, err error) error {
	detail := "it cannot be read"
	if broken, ok := errors.AsType[*csv.ParseError](err); ok {
		detail = fmt.Sprintf("line %d: %s", broken.Line, strings.ReplaceAll(broken.Err.Error(), `"`, "quote "))
	}
	return sso.Refuse(op, sso.CSVMalformed, "detail", detail)
}

// readHeader says which column stands where.
func readHeader(op string, header []string) (map[string]int, error) {
	columns := map[string]int{}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		_, twice := columns[name]
		switch {
		case name == "":
			continue // nothing may stand below it either
		case !slices.Contains(peopleColumns[:], name):
			return nil, sso.Refuse(op, sso.CSVHeader, "detail", "there is no column “"+short(name)+"”")
		case twice:
			return nil, sso.Refuse(op, sso.CSVHeader, "detail", "the column “"+name+"” stands twice")
		}
		columns[name] = i
	}
	for _, name := range []string{columnEmail, columnRoles} {
		if _, ok := columns[name]; !ok {
			return nil, sso.Refuse(op, sso.CSVHeader, "detail", "the column “"+name+"” is missing")
		}
	}
	return columns, nil
}

// short keeps an answer from carrying a file: a first line that is none may be long.
func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

func readRows(op string, r *csv.Reader, columns map[string]int) ([]PersonRow, error) {
	var rows []PersonRow
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, unreadable(op, err)
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue // spreadsheets leave such lines behind
		}
		if len(rows) == MaxImport {
			var ps sso.Problems
			ps.Add(sso.Failure, "rows", sso.TooMany, "limit", strconv.Itoa(MaxImport))
			return nil, sso.Refuse(op, sso.Invalid).With(ps)
		}
		line, _ := r.FieldPos(0)
		rows = append(rows, readRow(line, cells, columns))
	}
	if len(rows) == 0 {
		return nil, sso.Refuse(op, sso.CSVMalformed, "detail", "there is nobody below the first line")
	}
	return rows, nil
}

func readRow(line int, cells []string, columns map[string]int) PersonRow {
	used := 0
	cell := func(column string) string {
		i, ok := columns[column]
		if !ok || i >= len(cells) {
			return ""
		}
		text := strings.TrimSpace(unguarded(cells[i]))
		if text != "" {
			used++
		}
		return text
	}
	row := PersonRow{
		Line: line, Email: cell(columnEmail), Name: cell(columnName), Status: strings.ToLower(cell(columnStatus)),
		Roles: list(cell(columnRoles)), Inboxes: list(cell(columnInboxes)),
	}
	cell(columnLastLogin)
	for _, text := range cells {
		if strings.TrimSpace(text) != "" {
			used--
		}
	}
	if used < 0 {
		row.Problems.Add(sso.Failure, "", sso.CSVMalformed, "detail", "there is more in it than the first line has columns")
	}
	return row
}

func list(cell string) []string {
	var out []string
	for part := range strings.SplitSeq(cell, ";") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// Export writes the people whom q finds as a file that [Service.Import] reads, by e-mail whatever the order of q: in an order that a sign-in
// changes somebody could slip from a part that is still to be read into one that was.
func (s *Service) Export(ctx context.Context, by sso.Actor, t sso.TenantID, q UserQuery, to io.Writer) error {
	if _, err := io.WriteString(to, bom); err != nil {
		return err
	}
	w := csv.NewWriter(to)
	w.UseCRLF = true // RFC 4180
	if err := w.Write(peopleColumns[:]); err != nil {
		return err
	}
	q.Page, q.Order, q.Descending = Page{Limit: MaxPage}, ByEmail, false
	for {
		part, next, err := s.Users(ctx, by, t, q)
		if err != nil {
			return err
		}
		for _, p := range part {
			if err := w.Write(peopleCells(p.User)); err != nil {
				return err
			}
		}
		if next == "" {
			w.Flush()
			return w.Error()
		}
		q.Cursor = next
	}
}

func peopleCells(u sso.User) []string {
	cells := []string{string(u.Email), u.Name, joined(u.Roles), joined(u.Inboxes), string(u.Status), ""}
	if !u.LastLoginAt.IsZero() {
		cells[len(cells)-1] = u.LastLoginAt.UTC().Format(time.RFC3339)
	}
	for i, text := range cells {
		cells[i] = guarded(text)
	}
	return cells
}

func joined(keys []sso.Key) string {
	var b strings.Builder
	for i, k := range keys {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(string(k))
	}
	return b.String()
}

// formula is what a spreadsheet takes for the beginning of one.
const formula = "=+-@\t\r"

// guarded is text that no spreadsheet runs: an apostrophe goes before what could be a formula, and before what looks guarded already.
func guarded(text string) string {
	if isFormula(strings.TrimLeft(text, "'")) {
		return "'" + text
	}
	return text
}

// unguarded is what [guarded] was made of.
func unguarded(text string) string {
	if rest, ok := strings.CutPrefix(text, "'"); ok && isFormula(strings.TrimLeft(rest, "'")) {
		return rest
	}
	return text
}

func isFormula(text string) bool { return text != "" && strings.ContainsRune(formula, rune(text[0])) }
