// Package need says what a test cannot do without: a program of the machine, or a folder of real documents.
//
// What is missing is skipped loudly and listed at the end of `make test`. Where CI is set a missing program fails the
// test, because a check that nobody ran is not a check. Any test may enter; nothing but tests should.
package need

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/idplug/idplug/testing/docblock"
)

const (
	// CorpusVar names the variable that points at a folder with real providers' metadata/ and responses/.
	CorpusVar = "IDPLUG_TEST_CORPUS"
	// SkipsVar names the variable that holds the file to which every skip appends one line.
	SkipsVar = "IDPLUG_TEST_SKIPS"
)

// Tool returns the path of a program. The program may be known by several names; the first one found wins. Debian's
// name of the package that brings it is told to whoever has to install it.
func Tool(t testing.TB, debianPackage string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, fmt.Sprintf("%s not found: apt-get install %s", strings.Join(names, " or "), debianPackage))
	return ""
}

// Chromium returns the path of a Chromium or Chrome.
func Chromium(t testing.TB) string {
	t.Helper()
	return Tool(t, "chromium", "chromium", "chromium-browser", "google-chrome")
}

// XMLSec returns the path of xmlsec1, the oracle for canonical XML and signatures.
func XMLSec(t testing.TB) string {
	t.Helper()
	return Tool(t, "xmlsec1", "xmlsec1")
}

// Postgres returns the folder that holds initdb and postgres. Debian keeps them out of PATH, one folder per version;
// the newest is taken.
func Postgres(t testing.TB) string {
	t.Helper()
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	newest, best := "", -1
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the only error is a bad pattern
	for _, path := range found {
		var version int
		if _, err := fmt.Sscanf(path, "/usr/lib/postgresql/%d/", &version); err == nil && version > best {
			newest, best = filepath.Dir(path), version
		}
	}
	if newest == "" {
		missing(t, "initdb not found: apt-get install postgresql")
	}
	return newest
}

// Python wants what a plugin written in Python imports, from the interpreter that such plugins name in their first line. Another python3 may come
// first in PATH and has other modules.
func Python(t testing.TB) {
	t.Helper()
	PythonModules(t, "python3-grpcio python3-protobuf python3-cryptography", "cryptography, google.protobuf, grpc")
}

// PythonModules wants what a program in Python imports, from the interpreter that Debian's packages are for. Another python3 may come first in PATH.
// It returns the path of that interpreter.
func PythonModules(t testing.TB, debianPackages, imports string) string {
	t.Helper()
	const python = "/usr/bin/python3"
	if err := exec.CommandContext(t.Context(), python, "-I", "-c", "import "+imports).Run(); err != nil {
		missing(t, fmt.Sprintf("a module of %s not found: apt-get install %s", python, debianPackages))
	}
	return python
}

// Node returns the path of node and the folder of the npm packages that the lock file in a folder, seen from the root of the module, pins. They are
// installed on first use.
func Node(t testing.TB, folder string) (node, modules string) {
	t.Helper()
	node = Tool(t, "nodejs", "node", "nodejs")
	Tool(t, "npm", "npm")
	install := exec.CommandContext(t.Context(), filepath.Join(docblock.Root(t), ".ci", "npm"), folder)
	said, err := install.Output()
	if err != nil {
		missing(t, "npm packages not installed: .ci/npm "+folder)
	}
	return node, strings.TrimSpace(string(said))
}

// PHP returns the path of a PHP that can do what SimpleSAMLphp needs, and where SimpleSAMLphp is.
func PHP(t testing.TB) (php, simplesamlphp string) {
	t.Helper()
	php, simplesamlphp = Tool(t, "php-cli", "php"), "/usr/share/simplesamlphp"
	if _, err := os.Stat(simplesamlphp); err != nil {
		missing(t, "SimpleSAMLphp not found: apt-get install simplesamlphp")
	}
	said, err := exec.CommandContext(t.Context(), php, "-m").Output()
	for _, extension := range []string{"dom", "mbstring", "openssl"} {
		if err != nil || !strings.Contains(string(said), extension) {
			missing(t, "an extension of PHP not found: apt-get install php-xml php-mbstring")
		}
	}
	return php, simplesamlphp
}

// Corpus returns the folder that IDPLUG_TEST_CORPUS names. The documents in it belong to other people and cannot be
// part of this repository, so an unset variable is a skip even under CI; a folder that is named and absent is an error.
func Corpus(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(CorpusVar)
	if dir == "" {
		skip(t, CorpusVar+" is not set: no real providers' documents to test with")
		return ""
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.Fatalf("%s names no folder: %s", CorpusVar, dir)
	}
	return dir
}

// Granted skips a test that needs what the machine does not grant: Landlock of the kernel, root to give a file away. It is
// never a failure: nobody can install a privilege for a test. What completes "not granted here: ".
func Granted(t testing.TB, granted bool, what string) {
	t.Helper()
	if !granted {
		skip(t, "not granted here: "+what)
	}
}

func missing(t testing.TB, reason string) {
	t.Helper()
	if UnderCI() {
		t.Fatalf("needed under CI: %s", reason)
	}
	skip(t, reason)
}

// UnderCI tells whether what is missing is a failure, by the variable CI.
func UnderCI() bool {
	switch strings.ToLower(os.Getenv("CI")) {
	case "", "0", "false", "no":
		return false
	}
	return true
}

func skip(t testing.TB, reason string) {
	t.Helper()
	if err := note(os.Getenv(SkipsVar), t.Name()+": "+reason); err != nil {
		t.Fatalf("note the skip: %v", err)
	}
	t.Skip(reason)
}

// note appends one line in one write, so that test binaries running side by side do not mix their lines.
func note(file, line string) error {
	if file == "" {
		return nil
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(line + "\n"); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
