package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

const (
	textCSV    = "text/csv"
	importPath = apiBase + "/tenants/:tenant/users/import"
)

// acceptCSV refuses other content types and bounds the body, as acceptJSON does for the other routes.
func acceptCSV(c echo.Context, next echo.HandlerFunc) error {
	r := c.Request()
	media, params, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if charset := params["charset"]; err != nil || media != textCSV || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return sso.Refuse("web.body", sso.UnsupportedMedia, "expected", textCSV+" in UTF-8")
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, directory.MaxPeopleFile)
	return next(c)
}

// ImportUsers adds the users of a CSV file, or reports what that would do.
func (s *apiServer) ImportUsers(ctx context.Context, r api.ImportUsersRequestObject) (api.ImportUsersResponseObject, error) {
	file, err := io.ReadAll(r.Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); err != nil && !tooLarge {
		return nil, sso.Refuse("web.body", sso.BadRequest, "detail", "the body did not arrive whole").Because(err)
	}
	if err != nil {
		return nil, err
	}
	dry := or(r.Params.DryRun)
	report, err := s.o.Directory.Import(ctx, actorOf(ctx), sso.TenantID(r.Tenant), file, dry)
	if err != nil {
		return nil, err
	}
	doc := api.ImportUsers200JSONResponse{
		DryRun: dry, Created: report.Created, Existing: report.Existing, Refused: report.Refused,
		NotInvited: mailError(directory.MailError{Code: report.NotInvited}), Rows: make([]api.ImportRow, len(report.Rows)),
	}
	for i, row := range report.Rows {
		u := row.User
		doc.Rows[i] = api.ImportRow{
			Line: row.Line, Outcome: api.ImportRowOutcome(row.Outcome), Email: row.Email, Name: u.Name, Roles: texts(u.Roles),
			Inboxes: texts(u.Inboxes), Errors: fieldErrors(row.Problems),
		}
		if !dry && row.Outcome == directory.ImportCreates {
			doc.Rows[i].ID = orNull(string(u.ID))
		}
	}
	return doc, nil
}

// ExportUsers writes the list of users as a file.
func (s *apiServer) ExportUsers(ctx context.Context, r api.ExportUsersRequestObject) (api.ExportUsersResponseObject, error) {
	q, err := userQuery(or(r.Params.Search), string(or(r.Params.Status)), or(r.Params.Role), "")
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer // whole before anything is sent, so that half a list is never taken for one
	if err := s.o.Directory.Export(ctx, actorOf(ctx), sso.TenantID(r.Tenant), q, &file); err != nil {
		return nil, err
	}
	name := attachment(sso.TenantID(r.Tenant))
	return api.ExportUsers200TextCsvResponse{
		Body: &file, ContentLength: int64(file.Len()), Headers: api.ExportUsers200ResponseHeaders{ContentDisposition: &name},
	}, nil
}

// attachment says under which name the file is kept. Slugs need no quoting.
func attachment(t sso.TenantID) string { return `attachment; filename="` + string(t) + `-users.csv"` }
