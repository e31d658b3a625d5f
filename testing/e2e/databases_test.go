package e2e

import (
	"fmt"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/integration"
)

// onDatabases are the stories that are told once on SQLite and once on PostgreSQL: every provider's, and what many do at once.
const onDatabases = "testdata/databases"

// TestDatabaseStories runs each story of [onDatabases] on a database of its own, of both kinds.
func TestDatabaseStories(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { tell(t, func() string { return "" }) })
	t.Run("postgres", func(t *testing.T) {
		server := integration.StartPostgres(t)
		scripts, err := filepath.Glob(filepath.Join(onDatabases, "*.txtar"))
		require.NoError(t, err)
		empty := make(chan string, len(scripts))
		for range scripts {
			empty <- server.Database(t) // here, because a story may not fail this test from its own goroutine
		}
		tell(t, func() string { return <-empty })
	})
}

// tell runs the stories. empty is asked for the URL of a database, "" for the one in the data folder.
func tell(t *testing.T, empty func() string) {
	verbs := commands()
	maps.Copy(verbs, crowdVerbs())
	testscript.Run(t, testscript.Params{
		Dir:                 onDatabases,
		Setup:               func(env *testscript.Env) error { return setupOn(env, empty()) },
		Cmds:                verbs,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Deadline:            time.Now().Add(storiesTime),
	})
}

// setupOn is setup with a database, and makes sure in the end that the story was told on it.
func setupOn(env *testscript.Env, database string) error {
	env.Defer(func() {
		files, _ := filepath.Glob(filepath.Join(env.WorkDir, "data", "*.db")) // the only error is a bad pattern
		if embedded := len(files) > 0; embedded != (database == "") {
			env.T().Log(fmt.Sprintf("database %q, but embedded ones are %v", database, files))
			env.T().FailNow()
		}
	})
	if err := setup(env); err != nil {
		return err
	}
	w := env.Values[worldKey{}].(*world)
	w.env = append(w.env, "IDPLUG_DATABASE_URL="+database)
	env.Setenv("IDPLUG_DATABASE_URL", database)
	return nil
}
