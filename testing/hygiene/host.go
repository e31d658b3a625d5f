package hygiene

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/idplug/idplug/testing/score"
)

// prints are what no log of ours has a use for, whatever it says else: a message, a stack.
var prints = []string{"SAMLResponse=", "SAMLResponse\"", "PHNhbWxwOlJlc3Bvbn", "panic:", "goroutine 1 "}

// Log is what a host in the test's own process prints. The zero value is ready; its methods may be called at once.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is what was printed so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Environ registers the secrets of a host's environment, as they are and where they stand inside of an address.
func (r *Register) Environ(env []string) {
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		switch name {
		case "IDPLUG_OPERATOR_TOKEN", "IDPLUG_MASTER_KEY":
			r.Add(Secret, name, value)
		case "IDPLUG_SMTP_URL", "IDPLUG_DATABASE_URL":
			if address, err := url.Parse(value); err == nil && address.User != nil {
				password, _ := address.User.Password()
				r.Add(Secret, "the password in "+name, password)
			}
		}
	}
}

// Log searches a file that a host or its plugins wrote to.
func (r *Register) Log(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return r.LogText(filepath.Base(path), string(text)), nil
}

// LogText is Log for what was printed elsewhere.
func (r *Register) LogText(where, text string) []string {
	found := r.Search(where, text, Secret, Person, Key)
	for _, mark := range prints {
		if before, _, ok := strings.Cut(text, mark); ok {
			found = append(found, where+" holds "+mark+" after: "+before[max(0, len(before)-300):])
		}
	}
	return found
}

// Data registers the secrets in a host's data folder, and searches its embedded database, where it has one, with every trace and audit row.
func (r *Register) Data(dir string) ([]string, error) {
	for _, name := range []string{"operator-token", "master-key"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			r.Add(Secret, "the "+name, strings.TrimSpace(string(text)))
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.db*"))
	if err != nil {
		return nil, err
	}
	var found []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		found = append(found, r.Search(filepath.Base(file), string(text), Secret, Key)...)
	}
	return found, nil
}

// Host says everything that a host which has ended left where it must not be: in its log, in its data folder ("": it has none), and on the error
// pages that were watched.
func (r *Register) Host(log, data string) ([]string, error) {
	var found []string
	if data != "" {
		inData, err := r.Data(data)
		if err != nil {
			return nil, err
		}
		found = append(found, inData...)
	}
	inLog, err := r.Log(log)
	return slices.Concat(found, inLog, r.Pages()), err
}

// Pages says what error pages and problem documents held.
func (r *Register) Pages() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.found)
}

// Check fails the test for what was found, see [Register.Host], and where the register knows so little that the search proves nothing.
func (r *Register) Check(t testing.TB, log, data string) {
	t.Helper()
	found, err := r.Host(log, data)
	if err != nil {
		t.Errorf("search: %v", err)
	}
	r.fail(t, found)
}

// CheckText is Check for a host in the test's own process, by what it logged.
func (r *Register) CheckText(t testing.TB, where, log string) {
	t.Helper()
	r.fail(t, append(r.LogText(where, log), r.Pages()...))
}

func (r *Register) fail(t testing.TB, found []string) {
	t.Helper()
	score.Report(t, "secrets and people in what hosts left", float64(len(found)), "= 0")
	if r.Texts() == 0 {
		t.Error("no secret was seen: does the test use a client that is watched?")
	}
	const most = 20
	for i, line := range found {
		if i == most {
			t.Errorf("and %d more", len(found)-i)
			return
		}
		t.Error(line)
	}
}
