package catalog

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/idplug/idplug/core/sso"
)

// prefix starts the name of every provider binary; the provider's key follows.
const prefix = "idplug-provider-"

// binary is a file of the plugin folder that has a provider's name.
type binary struct {
	key  sso.ProviderKey
	name string // in the folder
	path string // absolute, links resolved
	mark mark
}

// mark tells whether a file may have changed without reading it.
type mark struct {
	size  int64
	mtime int64 // nanoseconds, as is ctime
	ctime int64
	inode uint64
}

// refusal says why a file is not run, and the command that mends it.
type refusal struct{ reason, fix string }

func (r *refusal) Error() string { return r.reason }

func refuse(fix, reason string, args ...any) *refusal {
	return &refusal{reason: fmt.Sprintf(reason, args...), fix: fix}
}

// keyOf returns the provider key of a file name; ok is false for files that are nobody's business: other names, dotfiles, partial copies.
func keyOf(name string) (key sso.ProviderKey, ok bool) {
	rest, found := strings.CutPrefix(name, prefix)
	if !found || strings.HasSuffix(rest, "~") {
		return "", false
	}
	for _, ext := range []string{".tmp", ".part", ".partial", ".swp", ".filepart", ".crdownload"} {
		if strings.HasSuffix(rest, ext) {
			return "", false
		}
	}
	return sso.ProviderKey(rest), true
}

// inspect judges a file without running it.
func inspect(dir, name string, key sso.ProviderKey) (binary, *refusal) {
	b := binary{key: key, name: name}
	shown := filepath.Join(dir, name)
	if !key.Valid() {
		return b, refuse("mv "+shown+" "+filepath.Join(dir, prefix+"<key>"),
			"the name after %q must be 2 to 40 lower-case letters, digits and hyphens, a letter first", prefix)
	}
	target, err := filepath.EvalSymlinks(shown)
	if err != nil {
		return b, refuse("rm "+shown, "the link leads nowhere")
	}
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return b, refuse("", "the folder cannot be read")
	}
	if rel, err := filepath.Rel(root, target); err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return b, refuse("install -m 0755 "+target+" "+shown, "the link leaves the folder")
	}
	info, err := os.Stat(target)
	if err != nil {
		return b, refuse("", "the file cannot be read")
	}
	if r := judgeFile(shown, info); r != nil {
		return b, r
	}
	if r := judgeFolders(root, filepath.Dir(target)); r != nil {
		return b, r
	}
	b.path, b.mark = target, markOf(info)
	return b, nil
}

func markOf(info fs.FileInfo) mark {
	m := mark{size: info.Size(), mtime: info.ModTime().UnixNano()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		m.inode, m.ctime = st.Ino, changeTime(st)
	}
	return m
}

// judgeFile: whoever can write the file runs code as the service does, so only root and the service's own user may.
func judgeFile(shown string, info fs.FileInfo) *refusal {
	mode := info.Mode()
	switch {
	case !mode.IsRegular():
		return refuse("rm "+shown, "it is not a regular file")
	case mode&(fs.ModeSetuid|fs.ModeSetgid) != 0:
		return refuse("chmod u-s,g-s "+shown, "it is setuid or setgid")
	case mode.Perm()&0o022 != 0:
		return refuse("chmod go-w "+shown, "others than its owner may write it")
	case mode.Perm()&0o100 == 0:
		return refuse("chmod 0755 "+shown, "it is not executable")
	case info.Size() == 0:
		return refuse("", "it is empty")
	case info.Size() > maxBinary:
		return refuse("", "it is larger than %d MiB", maxBinary>>20)
	}
	return judgeOwner(shown, info)
}

func judgeOwner(shown string, info fs.FileInfo) *refusal {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if uid := int(st.Uid); uid != 0 && uid != os.Geteuid() {
		return refuse("chown root "+shown, "its owner is neither root nor the service's user")
	}
	return nil
}

// judgeFolders looks at the plugin folder and at the folders between it and the file a link leads to.
func judgeFolders(root, dir string) *refusal {
	for {
		info, err := os.Stat(dir)
		if err != nil {
			return refuse("", "its folder cannot be read")
		}
		if info.Mode().Perm()&0o022 != 0 {
			return refuse("chmod go-w "+dir, "others than its owner may write the folder")
		}
		if r := judgeOwner(dir, info); r != nil {
			return r
		}
		if dir == root || dir == filepath.Dir(dir) {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}
