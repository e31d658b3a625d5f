package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// importView is the page that takes a file of people, and says what becomes of it before anything is written.
type importView struct {
	File     string // what was read, for the button that imports it
	Report   *directory.ImportReport
	Rows     []importRow // those with problems first
	Problems fieldProblems
	SSOOff   bool
	MaxRows  int
}

// importRow is a row of the file in words.
type importRow struct {
	directory.ImportedRow
	RoleNames, InboxNames string
	Problems              []fieldProblem
}

// fieldCSV is the field that carries the file from the report to the import.
const fieldCSV = "csv"

func (s *Server) importPage(v *visit) error { return s.showImport(v, http.StatusOK, importView{}) }

// importFile checks a file, or imports one that was checked. The import judges again, as people may have come and gone since.
func (s *Server) importFile(v *visit) error {
	values, err := readParts(v)
	if err != nil {
		return err
	}
	dry, view := values.Get(fieldDo) != "import", importView{File: values.Get(fieldCSV)}
	if dry {
		view.File = values.Get("file")
	}
	report, err := s.o.Directory.Import(v.Request().Context(), v.by, v.tenant, []byte(view.File), dry)
	refusal := refusalOf(err)
	switch {
	case err == nil && !dry:
		counts := "&count=" + strconv.Itoa(report.Created) + "&existing=" + strconv.Itoa(report.Existing)
		return v.Redirect(http.StatusSeeOther, usersPath+"?done=imported"+counts)
	case err == nil && report.Refused == 0:
		view.Report = &report
		return s.showImport(v, http.StatusOK, view)
	case err == nil, refusal.Code == sso.ImportRefused:
		view.Report = &report
		return s.showImport(v, http.StatusUnprocessableEntity, view)
	}
	var ps sso.Problems
	switch refusal.Code {
	case sso.CSVMalformed, sso.CSVHeader, sso.TooLarge:
		ps = sso.Problems{{Severity: sso.Failure, Code: refusal.Code, Params: refusal.Params}}
	case sso.Invalid:
		ps = refusal.Problems
	default:
		return err
	}
	for i := range ps {
		ps[i].Field = "file"
	}
	view.Problems = v.problems(ps)
	return s.showImport(v, sso.TextOf(refusal.Code).Status, view)
}

func (s *Server) showImport(v *visit, status int, view importView) error {
	c, err := s.o.Directory.Catalogues(v.Request().Context(), v.by, v.tenant)
	if err != nil {
		return err
	}
	if view.SSOOff, err = s.ssoOff(v); err != nil {
		return err
	}
	view.MaxRows = directory.MaxImport
	if view.Report != nil {
		for _, row := range view.Report.Rows {
			ps := slices.Clone(row.Problems)
			for i := range ps {
				ps[i].Field, _, _ = strings.Cut(ps[i].Field, "[")
			}
			view.Rows = append(view.Rows, importRow{row, names(row.User.Roles, c.Roles), names(row.User.Inboxes, c.Inboxes), v.problems(ps)})
		}
		slices.SortStableFunc(view.Rows, func(a, b importRow) int { return cmp.Compare(a.rank(), b.rank()) })
	}
	return v.render(status, "console_import.html", "import.title", view)
}

func (r importRow) rank() int {
	return slices.Index([]directory.ImportOutcome{directory.ImportRefuses, directory.ImportCreates, directory.ImportSkips}, r.Outcome)
}
