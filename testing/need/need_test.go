package need_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/need"
)

// spy is a test that records how it ended instead of ending.
type spy struct {
	testing.TB
	skipped, failed bool
}

func (s *spy) Helper()                  {}
func (s *spy) Name() string             { return "TestSpied" }
func (s *spy) Context() context.Context { return context.Background() }

func (s *spy) Skip(...any) {
	s.skipped = true
	runtime.Goexit()
}

func (s *spy) Fatalf(string, ...any) {
	s.failed = true
	runtime.Goexit()
}

// ask runs one question in a goroutine of its own, because an ended test never comes back.
func ask(question func(testing.TB)) *spy {
	s := &spy{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		question(s)
	}()
	<-done
	return s
}

func TestMissingToolIsSkippedAndListed(t *testing.T) {
	list := filepath.Join(t.TempDir(), "skips")
	t.Setenv("CI", "")
	t.Setenv(need.SkipsVar, list)

	got := ask(func(tb testing.TB) { need.Tool(tb, "no-package", "no-such-program", "nor-this") })

	require.True(t, got.skipped)
	require.False(t, got.failed)
	lines, err := os.ReadFile(list)
	require.NoError(t, err)
	require.Equal(t, "TestSpied: no-such-program or nor-this not found: apt-get install no-package\n", string(lines))
}

func TestMissingToolFailsUnderCI(t *testing.T) {
	t.Setenv("CI", "true")
	got := ask(func(tb testing.TB) { need.Tool(tb, "no-package", "no-such-program") })
	require.True(t, got.failed)
	require.False(t, got.skipped)
}

func TestPresentToolIsFoundByAnyOfItsNames(t *testing.T) {
	require.FileExists(t, need.Tool(t, "golang", "no-such-program", "go"))
}

func TestCorpus(t *testing.T) {
	for name, c := range map[string]struct {
		dir             string
		skipped, failed bool
	}{
		"unset is a skip even under CI": {dir: "", skipped: true},
		"a folder that is not there":    {dir: filepath.Join(t.TempDir(), "absent"), failed: true},
		"a folder":                      {dir: t.TempDir()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("CI", "true")
			t.Setenv(need.SkipsVar, "")
			t.Setenv(need.CorpusVar, c.dir)
			got := ask(func(tb testing.TB) { require.Equal(t, c.dir, need.Corpus(tb)) })
			require.Equal(t, c.skipped, got.skipped, "skipped")
			require.Equal(t, c.failed, got.failed, "failed")
		})
	}
}

func TestWhatIsNotGrantedNeverFails(t *testing.T) {
	t.Setenv("CI", "true")
	t.Setenv(need.SkipsVar, "")
	require.True(t, ask(func(tb testing.TB) { need.Granted(tb, false, "Landlock") }).skipped)
	require.False(t, ask(func(tb testing.TB) { need.Granted(tb, true, "Landlock") }).skipped)
}

func TestMissingPythonModuleNamesItsPackage(t *testing.T) {
	list := filepath.Join(t.TempDir(), "skips")
	t.Setenv("CI", "")
	t.Setenv(need.SkipsVar, list)
	question := func(tb testing.TB) { need.PythonModules(tb, "python3-nothing", "no_such_module") }
	require.True(t, ask(question).skipped)
	lines, err := os.ReadFile(list)
	require.NoError(t, err)
	require.Contains(t, string(lines), "apt-get install python3-nothing")
	t.Setenv("CI", "1")
	require.True(t, ask(question).failed)
}

func TestMissingLockFileFailsUnderCI(t *testing.T) {
	t.Setenv("CI", "1")
	require.True(t, ask(func(tb testing.TB) { need.Node(tb, "testing/no-such-folder") }).failed)
}
