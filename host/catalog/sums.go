package catalog

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Trust says what makes a binary in the folder trusted.
type Trust string

// The trust modes.
const (
	TrustDirectory Trust = "directory" // owner and mode are enough
	TrustPinned    Trust = "pinned"    // its hash stands in SHA256SUMS, too
)

// SumsFile is the list of pinned hashes beside the binaries, in the format of sha256sum.
const SumsFile = "SHA256SUMS"

// sums are the pinned hashes by file name. One name may have several: those of versions that may be gone back to.
type sums map[string][]string

func (s sums) have(name, sum string) bool { return slices.Contains(s[name], sum) }

// readSums reads the pinned hashes. The list itself must be as safe as the binaries: it decides what runs.
func readSums(dir string) (sums, *refusal) {
	path := filepath.Join(dir, SumsFile)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, refuse("idplug plugin lock --plugin-dir "+quote(dir), "plugins are pinned and there is no %s", SumsFile)
	case err != nil || !info.Mode().IsRegular():
		return nil, refuse("idplug plugin lock --plugin-dir "+quote(dir), "%s cannot be read", SumsFile)
	case info.Mode().Perm()&0o022 != 0:
		return nil, refuse("chmod go-w "+quote(path), "others than its owner may write %s", SumsFile)
	}
	if r := judgeOwner(path, info); r != nil {
		return nil, r
	}
	list, err := parseSums(path)
	if err != nil {
		return nil, refuse("idplug plugin lock --plugin-dir "+quote(dir), "%s: %v", SumsFile, err)
	}
	return list, nil
}

func parseSums(path string) (sums, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.New("cannot be opened")
	}
	defer func() { _ = f.Close() }()
	list := sums{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), " \t\r")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		sum, name, ok := strings.Cut(line, " ")
		name = strings.TrimPrefix(strings.TrimPrefix(name, " "), "*")
		if raw, err := hex.DecodeString(sum); !ok || err != nil || len(raw) != 32 || name == "" {
			return nil, fmt.Errorf("line %d is not one of sha256sum", n)
		}
		list[name] = append(list[name], strings.ToLower(sum))
	}
	return list, lines.Err()
}
