package store_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/store"
	"github.com/idplug/idplug/testing/integration"
)

// BenchmarkPeople is what an administrator of 10,000 people waits for: a page of the list in every order, found by name, the export, and the
// import of the largest file.
func BenchmarkPeople(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkPeople(b, migrated(b, filepath.Join(b.TempDir(), "idplug.db"))) })
	b.Run("postgres", func(b *testing.B) { benchmarkPeople(b, migrated(b, integration.StartPostgres(b).Database(b))) })
}

func benchmarkPeople(b *testing.B, s *store.Store) {
	ids := 0
	by := sso.Actor{Kind: sso.Operator, ID: "bench"}
	d := &directory.Service{Store: s.Directory(), Now: time.Now, NewID: func(prefix string) string { ids++; return prefix + strconv.Itoa(ids) }}
	_, err := d.CreateTenant(b.Context(), by, directory.NewTenant{Slug: "acme", Name: "Acme"})
	require.NoError(b, err)
	made := 0
	imports := func(b *testing.B) {
		var file strings.Builder
		file.WriteString("email,name,roles\n")
		for range directory.MaxImport {
			made++
			fmt.Fprintf(&file, "person%05d@example.com,%s Number %d,agent;team_manager\n", made, []string{"Ada", "Bob", "Cid", "Dan"}[made%4], made)
		}
		report, err := d.Import(b.Context(), by, "acme", []byte(file.String()), false)
		require.NoError(b, err)
		require.Equal(b, directory.MaxImport, report.Created)
	}
	b.Run("import 2000", func(b *testing.B) {
		for b.Loop() {
			imports(b)
		}
	})
	for made < 10_000 {
		imports(b)
	}
	for name, q := range map[string]directory.UserQuery{
		"by e-mail": {}, "by name": {Order: directory.ByName}, "by last sign-in": {Order: directory.ByLastLogin, Descending: true},
		"found by name": {Search: "number 9999"}, "with a role": {Role: "team_manager", Order: directory.ByName}, "with a rare role": {Role: "analyst"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, next, err := d.Users(b.Context(), by, "acme", q)
				require.NoError(b, err)
				q.Cursor = next // the next page, and from the last to the first
			}
		})
	}
	b.Run("export all", func(b *testing.B) {
		for b.Loop() {
			var file bytes.Buffer
			require.NoError(b, d.Export(b.Context(), by, "acme", directory.UserQuery{}, &file))
		}
	})
}
