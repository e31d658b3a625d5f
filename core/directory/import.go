package directory

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// MaxImport bounds the people of one file: they are added in one transaction, which holds up the tenant's other changes.
const MaxImport = 2000

// ImportOutcome says what an import makes of a row.
type ImportOutcome string

// The outcomes of a row.
const (
	ImportCreates ImportOutcome = "create"  // the person is added
	ImportSkips   ImportOutcome = "exists"  // there is a user with this address, who stays as they are
	ImportRefuses ImportOutcome = "refused" // the problems say why; nothing of the file is written
)

// ImportedRow is what becomes of a row. Problems are at email, name, roles[i], inboxes[i], status, or "" for the row as a whole.
type ImportedRow struct {
	Line     int    // of the file, the header being line 1
	Email    string // as it stands there
	User     sso.User
	Outcome  ImportOutcome
	Problems sso.Problems
}

// ImportReport is what an import does, or would do.
type ImportReport struct {
	Rows                       []ImportedRow
	Created, Existing, Refused int
	// NotInvited is why those who are added get no invitation, "" when they do.
	NotInvited sso.Code
}

// Import adds the people of a CSV file (see [ReadPeople]), each as [Service.CreateUser] would: all of them or, when a row has a problem, none.
// People who exist stay as they are. A dry run writes nothing and gives the same report. Errors: those of ReadPeople; [sso.ImportRefused] with
// the problems at line[n].field, beside the report.
func (s *Service) Import(ctx context.Context, by sso.Actor, t sso.TenantID, file []byte, dry bool) (ImportReport, error) {
	const op = "directory.import"
	if err := by.MayAdminister(op, t); err != nil {
		return ImportReport{}, err
	}
	rows, err := ReadPeople(file)
	if err != nil {
		return ImportReport{}, err
	}
	notReady, err := s.notReady(ctx, t)
	if err != nil {
		return ImportReport{}, err
	}
	var report ImportReport
	err = s.Store.InTx(ctx, t, func(tx Tx) error {
		if report, err = s.judge(tx, t, rows); err != nil {
			return err
		}
		report.NotInvited = notReady
		if dry || report.Refused > 0 {
			return nil
		}
		for _, row := range report.Rows {
			if row.Outcome != ImportCreates {
				continue
			}
			if err := s.add(tx, by, row.User, notReady == ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return ImportReport{}, err
	}
	if !dry && report.Refused > 0 {
		return report, sso.Refuse(op, sso.ImportRefused, "count", strconv.Itoa(report.Refused)).With(report.problems())
	}
	return report, nil
}

// judge says of each row what an import makes of it.
func (s *Service) judge(tx Tx, t sso.TenantID, rows []PersonRow) (ImportReport, error) {
	c, err := tx.Catalogues()
	if err != nil {
		return ImportReport{}, err
	}
	var emails []sso.Email
	for _, r := range rows {
		if e, ok := sso.ParseEmail(r.Email); ok {
			emails = append(emails, e)
		}
	}
	known, err := tx.Taken(emails)
	if err != nil {
		return ImportReport{}, err
	}
	taken, seen := map[sso.Email]bool{}, map[sso.Email]bool{}
	for _, e := range known {
		taken[e] = true
	}
	report := ImportReport{Rows: make([]ImportedRow, len(rows))}
	for i, r := range rows {
		row := s.judgeRow(t, r, c)
		switch e := row.User.Email; {
		case e != "" && seen[e]:
			row.Problems.Add(sso.Failure, "email", sso.Duplicate, "value", string(e))
		case taken[e]:
			row.Outcome, row.Problems = ImportSkips, nil
			row.Problems.Add(sso.Info, "email", sso.EmailTaken)
		}
		seen[row.User.Email] = true
		if len(row.Problems.Failures()) > 0 {
			row.Outcome = ImportRefuses
		}
		report.count(row.Outcome)
		report.Rows[i] = row
	}
	return report, nil
}

func (s *Service) judgeRow(t sso.TenantID, r PersonRow, c sso.Catalogues) ImportedRow {
	roles, inboxes := named(r.Roles, c.Roles), named(r.Inboxes, c.Inboxes)
	u := sso.User{Tenant: t, ID: sso.UserID(s.NewID("u_")), Status: sso.Invited, CreatedAt: s.Now()}
	u, ps := UserPatch{Email: &r.Email, Name: &r.Name, Roles: &roles, Inboxes: &inboxes}.apply(u, c)
	switch sso.Status(r.Status) {
	case "", sso.Invited, sso.Active: // nobody is active before they signed in
	case sso.Deactivated:
		u.Status = sso.Deactivated
	default:
		ps.Add(sso.Failure, "status", sso.NotAllowed, "value", r.Status, "allowed", "invited, active, deactivated")
	}
	return ImportedRow{Line: r.Line, Email: r.Email, User: u, Outcome: ImportCreates, Problems: append(slices.Clone(r.Problems), ps...)}
}

// named are the keys that a list means: keys as they are, and the names of entries, which is what people know them by.
func named(list []string, c sso.Catalogue) []sso.Key {
	keys := make([]sso.Key, len(list))
	for i, text := range list {
		keys[i] = sso.Key(text)
		at := slices.IndexFunc(c, func(e sso.Entry) bool { return strings.EqualFold(e.Name, text) })
		if c.Index(keys[i]) < 0 && at >= 0 {
			keys[i] = c[at].Key
		}
	}
	return keys
}

func (r *ImportReport) count(o ImportOutcome) {
	switch o {
	case ImportCreates:
		r.Created++
	case ImportSkips:
		r.Existing++
	case ImportRefuses:
		r.Refused++
	}
}

// maxReported bounds the problems of an answer; the report holds all.
const maxReported = 100

// problems are what keeps the file from being written, at its lines.
func (r *ImportReport) problems() sso.Problems {
	var all sso.Problems
	for _, row := range r.Rows {
		for _, p := range row.Problems.Failures() {
			if len(all) == maxReported {
				return all
			}
			p.Field = strings.TrimSuffix(fmt.Sprintf("line[%d].%s", row.Line, p.Field), ".")
			all = append(all, p)
		}
	}
	return all
}
