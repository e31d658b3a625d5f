package directory_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// told is a report as "line outcome email: field code, …".
func told(r directory.ImportReport) []string {
	var out []string
	for _, row := range r.Rows {
		var s strings.Builder
		fmt.Fprintf(&s, "%d %s %s", row.Line, row.Outcome, row.User.Email)
		for _, p := range row.Problems {
			fmt.Fprintf(&s, " [%s %s]", p.Field, p.Code)
		}
		out = append(out, s.String())
	}
	return out
}

func (h *house) emails(t *testing.T) (out []string) {
	t.Helper()
	people, _, err := h.Users(t.Context(), admin, tenant, directory.UserQuery{})
	require.NoError(t, err)
	for _, p := range people {
		out = append(out, string(p.Email))
	}
	return out
}

func TestAFileOfPeopleIsImported(t *testing.T) {
	h := newHouse(t)
	file := "\uFEFFRoles; Email ;name;INBOXES;status\r\n" +
		"\"agent;Team Manager\";Ada@Example.com;\"Ada \"\"A\"\" Lovelace\";\"emea; general\";\r\n" +
		";;;;\r\n" +
		"task_user;bob@example.com;;;Deactivated\r\n"
	dry, err := h.Import(t.Context(), admin, tenant, []byte(file), true)
	require.NoError(t, err)
	require.Equal(t, []string{"2 create ada@example.com", "4 create bob@example.com"}, told(dry))
	require.Empty(t, h.emails(t), "a dry run writes nothing")

	done, err := h.Import(t.Context(), admin, tenant, []byte(file), false)
	require.NoError(t, err)
	require.Equal(t, told(dry), told(done))
	require.Equal(t, []int{2, 0, 0}, []int{done.Created, done.Existing, done.Refused})
	ada, err := h.User(t.Context(), admin, tenant, done.Rows[0].User.ID)
	require.NoError(t, err)
	require.Equal(t, sso.User{
		Tenant: tenant, ID: ada.ID, Email: "ada@example.com", Name: `Ada "A" Lovelace`, Roles: []sso.Key{"team_manager", "agent"},
		Inboxes: []sso.Key{"general", "emea"}, Status: sso.Invited, CreatedAt: start,
	}, ada.User)
	bob, err := h.User(t.Context(), admin, tenant, done.Rows[1].User.ID)
	require.NoError(t, err)
	require.Equal(t, sso.Deactivated, bob.Status)
	require.Equal(t, "bob@example.com", bob.Name)
	row := h.audit(t, tenant)
	require.Equal(t, "user.create", row.Action)
	require.Equal(t, admin.String(), row.Actor)

	again, err := h.Import(t.Context(), admin, tenant, []byte(file), false)
	require.NoError(t, err, "a second time changes nothing")
	require.Equal(t, []string{"2 exists ada@example.com [email email_taken]", "4 exists bob@example.com [email email_taken]"}, told(again))
	require.Len(t, h.emails(t), 2)
}

func TestAFileWithAProblemAddsNobody(t *testing.T) {
	h := newHouse(t)
	h.user(t, "known@example.com", "agent")
	file := strings.Join([]string{
		"email,name,roles,inboxes,status",
		"good@example.com,Good,agent,,", "GOOD@example.com,Twice,agent,,", "nobody,Nobody,agent,,", "x@example.com,X,,,",
		"y@example.com,Y,agent;chef,nowhere,", "z@example.com,Z,agent;task_user,,retired", `long@example.com,"` + strings.Repeat("n", 201) + `",agent,,`,
		"w@example.com,W,agent,,,more", "known@example.com,Known,chef,,", `"a
b@example.com",Broken,agent,,`, "last@example.com,Last,agent",
	}, "\n")
	want := []string{
		"2 create good@example.com", "3 refused good@example.com [email duplicate]", "4 refused  [email email_invalid]",
		"5 refused x@example.com [roles role_required]", "6 refused y@example.com [roles[1] unknown_key] [inboxes[0] unknown_key]",
		"7 refused z@example.com [roles exclusive_role] [status not_allowed]", "8 refused long@example.com [name name_invalid]",
		"9 refused w@example.com [ csv_malformed]", "10 exists known@example.com [email email_taken]", "11 refused  [email email_invalid]",
		"13 create last@example.com",
	}
	dry, err := h.Import(t.Context(), admin, tenant, []byte(file), true)
	require.NoError(t, err)
	require.Equal(t, want, told(dry))
	report, err := h.Import(t.Context(), admin, tenant, []byte(file), false)
	refused := refusal(t, err, sso.ImportRefused)
	require.Equal(t, "8", refused.Params["count"])
	require.Equal(t, "line[3].email", refused.Problems[0].Field)
	require.Equal(t, "line[6].roles[1]", refused.Problems[3].Field)
	require.Equal(t, "line[9]", refused.Problems[8].Field)
	require.Len(t, refused.Problems, 10)
	require.Equal(t, want, told(report), "the report is there as well")
	require.Equal(t, []string{"known@example.com"}, h.emails(t))
}

func TestAFileThatCannotBeReadSaysWhy(t *testing.T) {
	h := newHouse(t)
	for file, want := range map[string]string{
		"":                                "csv_header the file is empty",
		"\n\n":                            "csv_header the file is empty",
		"ada@example.com,Ada,agent":       "csv_header there is no column “ada@example.com”",
		"email,name":                      "csv_header the column “roles” is missing",
		"roles":                           "csv_header the column “email” is missing",
		"email,roles,email":               "csv_header the column “email” stands twice",
		strings.Repeat("x", 99) + ",role": "csv_header there is no column “" + strings.Repeat("x", 40) + "…”",
		"email,roles":                     "csv_malformed there is nobody below the first line",
		"email,roles\n,\n":                "csv_malformed there is nobody below the first line",
		"email,roles\na\"b,agent":         "csv_malformed line 2: bare quote  in non-quoted-field",
		"email,roles\n\"a,agent":          "csv_malformed line 2: extraneous or missing quote  in quoted-field",
		"email,roles\n\xff,agent":         "csv_malformed it is not text in UTF-8",
		"\xff\xfee\x00":                   "csv_malformed it is not text in UTF-8",
	} {
		_, err := h.Import(t.Context(), admin, tenant, []byte(file), true)
		code := sso.CodeOf(err)
		require.Equal(t, want, string(code)+" "+refusal(t, err, code).Params["detail"], "%q", file)
	}
	_, err := h.Import(t.Context(), admin, tenant, make([]byte, directory.MaxPeopleFile+1), true)
	refusal(t, err, sso.TooLarge)
	_, err = h.Import(t.Context(), admin, tenant, []byte("email,roles\n"+strings.Repeat("a,b\n", directory.MaxImport+1)), true)
	require.Equal(t, []string{"rows: too_many"}, problems(t, err))
	most, err := h.Import(t.Context(), admin, tenant, []byte("email,roles\n"+strings.Repeat("a,b\n", directory.MaxImport)), false)
	require.Len(t, refusal(t, err, sso.ImportRefused).Problems, 100, "an answer stays readable")
	require.Equal(t, directory.MaxImport, most.Refused)
}

func TestWhatIsExportedIsImportedAsItWas(t *testing.T) {
	h := newHouse(t)
	h.tenant(t, "globex")
	require.NoError(t, h.SaveInboxes(t.Context(), operator, "globex", sso.Catalogue{{Key: "general", Name: "General"}, {Key: "emea", Name: "EMEA"}}))
	names := []string{`=1+1`, `+x`, `-x`, `@x`, `'=x`, `'x`, `''@`, `"Q", "R"`, `a;b`, `Łódź, the`, `'`}
	for i, name := range names {
		_, err := h.CreateUser(t.Context(), admin, tenant, directory.NewUser{
			Email: fmt.Sprintf("%s%d@example.com", []string{"=", "+", "-", "a"}[i%4], i), Name: name,
			Roles: []sso.Key{"agent", "administrator"}, Inboxes: []sso.Key{"emea", "general"}[:i%3%3],
		})
		require.NoError(t, err)
	}
	ada := h.user(t, "zed@example.com", "task_user")
	_, err := h.UpdateUser(t.Context(), admin, tenant, ada, directory.UserPatch{Status: new(sso.Deactivated)})
	require.NoError(t, err)

	var file bytes.Buffer
	require.NoError(t, h.Export(t.Context(), admin, tenant, directory.UserQuery{}, &file))
	require.True(t, strings.HasPrefix(file.String(), "\uFEFFemail,name,roles,inboxes,status,last_login_at\r\n"))
	for line := range strings.SplitSeq(strings.TrimSpace(file.String()), "\r\n") {
		require.NotContains(t, "=+-@", line[:1])
		require.NotRegexp(t, `,"?[=+@-]`, line)
	}
	report, err := h.Import(t.Context(), operator, "globex", file.Bytes(), false)
	require.NoError(t, err)
	require.Equal(t, len(names)+1, report.Created)
	plain := func(of sso.TenantID) (out []sso.User) {
		people, _, err := h.Users(t.Context(), operator, of, directory.UserQuery{})
		require.NoError(t, err)
		for _, p := range people {
			p.Tenant, p.ID = "", ""
			out = append(out, p.User)
		}
		return out
	}
	require.Equal(t, plain(tenant), plain("globex"))

	var some bytes.Buffer
	require.NoError(t, h.Export(t.Context(), admin, tenant, directory.UserQuery{Status: sso.Deactivated}, &some))
	require.Equal(t, 2, strings.Count(some.String(), "\r\n"))
}

func TestAnExportHasEverybody(t *testing.T) {
	h := newHouse(t)
	var file strings.Builder
	file.WriteString("email,roles\n")
	for i := range directory.MaxPage + 7 {
		fmt.Fprintf(&file, "m%03d@example.com,agent\n", i)
	}
	_, err := h.Import(t.Context(), admin, tenant, []byte(file.String()), false)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, h.Export(t.Context(), admin, tenant, directory.UserQuery{Order: directory.ByName, Descending: true}, &out))
	require.Equal(t, directory.MaxPage+8, strings.Count(out.String(), "\r\n"))
	require.Less(t, strings.Index(out.String(), "m000@"), strings.Index(out.String(), "m206@"))
}

func TestOnlyAdministratorsImportAndExport(t *testing.T) {
	h := newHouse(t)
	h.tenant(t, "globex")
	for _, by := range []sso.Actor{{Kind: sso.Person, Tenant: tenant}, {Kind: sso.Person, Tenant: "globex", Admin: true}} {
		_, err := h.Import(t.Context(), by, tenant, []byte("email,roles\na@example.com,agent"), false)
		require.Contains(t, []sso.Code{sso.Forbidden, sso.NotFound}, sso.CodeOf(err))
		err = h.Export(t.Context(), by, tenant, directory.UserQuery{}, &bytes.Buffer{})
		require.Contains(t, []sso.Code{sso.Forbidden, sso.NotFound}, sso.CodeOf(err))
	}
	require.Empty(t, h.emails(t))
}

func TestAStaleEditIsRefused(t *testing.T) {
	h := newHouse(t)
	id := h.user(t, "ada@example.com", "agent")
	read := func() sso.User {
		p, err := h.User(t.Context(), admin, tenant, id)
		require.NoError(t, err)
		return p.User
	}
	seen := directory.Revision(read())
	change := func(name, expect string) error {
		_, err := h.UpdateUser(t.Context(), admin, tenant, id, directory.UserPatch{Name: &name, Expect: expect})
		return err
	}
	require.NoError(t, change("First", seen))
	err := change("Second", seen)
	require.Equal(t, directory.Revision(read()), refusal(t, err, sso.VersionConflict).Params["version"])
	require.Equal(t, "First", read().Name)
	require.NoError(t, change("Third", directory.Revision(read())))
	require.NoError(t, change("Fourth", ""), "who expects nothing saves over whatever there is")

	// A sign-in is no edit.
	u := read()
	before := directory.Revision(u)
	u.Status, u.LastLoginAt = sso.Invited, start.Add(time.Hour)
	require.Equal(t, before, directory.Revision(u))
	u.Status = sso.Deactivated
	require.NotEqual(t, before, directory.Revision(u))
	require.NotEqual(t, directory.Revision(sso.User{Name: "a", Roles: []sso.Key{"b"}}), directory.Revision(sso.User{Name: "a", Inboxes: []sso.Key{"b"}}))
}

func TestAStaleCatalogueIsRefused(t *testing.T) {
	h := newHouse(t)
	c, err := h.Catalogues(t.Context(), admin, tenant)
	require.NoError(t, err)
	seen := directory.CatalogueRevision(c.Inboxes)
	require.NoError(t, h.ReplaceInboxes(t.Context(), admin, tenant, c.Inboxes[:1], seen))
	refusal(t, h.ReplaceInboxes(t.Context(), admin, tenant, c.Inboxes, seen), sso.VersionConflict)
	seen = directory.CatalogueRevision(c.Roles)
	renamed := append(sso.Catalogue{{Key: "chef", Name: "Chef"}}, c.Roles...)
	require.NoError(t, h.ReplaceRoles(t.Context(), admin, tenant, renamed, seen))
	refusal(t, h.ReplaceRoles(t.Context(), admin, tenant, c.Roles, seen), sso.VersionConflict)
	require.NoError(t, h.SaveRoles(t.Context(), admin, tenant, c.Roles))
}

func TestPeopleAreListedInAKnownOrder(t *testing.T) {
	h := newHouse(t)
	_, _, err := h.Users(t.Context(), admin, tenant, directory.UserQuery{Order: "password_hash"})
	refusal(t, err, sso.BadRequest)
}
