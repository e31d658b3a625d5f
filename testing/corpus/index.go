package corpus

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Row is one file of the corpus.
type Row struct {
	File     string // metadata/okta-1.xml
	Provider string
	Expect   string // facts, separated by "; "
}

// Rows reads the index of a corpus: those of one folder of it.
func Rows(dir, folder string) ([]Row, error) {
	f, err := os.Open(filepath.Join(dir, "index.tsv"))
	if err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	defer f.Close()
	var rows []Row
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) != 6 || !strings.HasPrefix(cells[0], folder+"/") {
			continue
		}
		rows = append(rows, Row{File: cells[0], Provider: cells[4], Expect: cells[5]})
	}
	return rows, lines.Err()
}

// Fact is the first match of a pattern's first group in what is expected, "" when there is none.
func (r Row) Fact(pattern string) string {
	m := regexp.MustCompile(pattern).FindStringSubmatch(r.Expect)
	if m == nil {
		return ""
	}
	return m[1]
}

// Read returns the file's bytes.
func (r Row) Read(dir string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, r.File)) }
