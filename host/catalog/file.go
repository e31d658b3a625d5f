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
	dir, err := filepath.Abs(dir)
	if err != nil {
		return b, refuse("", "the folder cannot be read")
	}
	shown := filepath.Join(dir, name)
	if !key.Valid() {
		return b, refuse("mv "+quote(shown)+" "+quote(filepath.Join(dir, prefix+"<key>")),
			"the name after %q must be 2 to 40 lower-case letters, digits and hyphens, a letter first", prefix)
	}
	target, err := filepath.EvalSymlinks(shown)
	if err != nil {
		return b, refuse("rm "+quote(shown), "the link leads nowhere")
	}
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return b, refuse("", "the folder cannot be read")
	}
	if rel, err := filepath.Rel(root, target); err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return b, refuse("rm "+quote(shown)+" && install -m 0755 "+quote(target)+" "+quote(shown), "the link leaves the folder")
	}
	info, err := os.Stat(target)
	if err != nil {
		return b, refuse("", "the file cannot be read")
	}
	if r := judgeFile(shown, info); r != nil {
		return b, r
	}
	if r := judgeFolders(dir, root, filepath.Dir(target)); r != nil {
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
	case mode.IsDir():
		return refuse("rm -r "+quote(shown), "it is a folder, not a regular file")
	case !mode.IsRegular():
		return refuse("rm "+quote(shown), "it is %s, not a regular file", kindOf(mode))
	case mode&(fs.ModeSetuid|fs.ModeSetgid) != 0:
		return refuse("chmod u-s,g-s "+quote(shown), "it is setuid or setgid")
	case mode.Perm()&0o022 != 0:
		return refuse("chmod go-w "+quote(shown), "others than its owner may write it")
	case mode.Perm()&0o100 == 0:
		return refuse("chmod 0755 "+quote(shown), "it is not executable")
	case info.Size() == 0:
		return refuse("rm "+quote(shown), "it is empty")
	case info.Size() > maxBinary:
		return refuse("rm "+quote(shown), "it is larger than %d MiB", maxBinary>>20)
	}
	return judgeOwner(shown, info)
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

func judgeOwner(shown string, info fs.FileInfo) *refusal {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if uid := int(st.Uid); uid != 0 && uid != os.Geteuid() {
		return refuse("chown root "+quote(shown), "its owner is neither root nor the service's user")
	}
	return nil
}

// judgeFolders looks at the plugin folder, at the folders between it and the file a link leads to, and at those above both.
func judgeFolders(dir, root, of string) *refusal {
	for ; ; of = filepath.Dir(of) {
		info, err := os.Stat(of)
		if err != nil {
			return refuse("", "its folder cannot be read")
		}
		if info.Mode().Perm()&0o022 != 0 {
			return refuse("chmod go-w "+quote(of), "others than its owner may write the folder")
		}
		if r := judgeOwner(of, info); r != nil {
			return r
		}
		if of == root || of == filepath.Dir(of) {
			break
		}
	}
	if r := judgeAbove(root); r != nil {
		return r
	}
	return judgeAbove(dir) // the folder may be a link, and whoever may exchange that chooses the folder
}

// judgeAbove looks at every folder above a path, up to the root: whoever may write one of them can put another in the place of what lies below,
// except in one like /tmp, where the sticky bit keeps people from what is not their own; that what lies below is nobody else's is judged as well.
func judgeAbove(path string) *refusal {
	for above := filepath.Dir(path); ; above = filepath.Dir(above) {
		target, err := filepath.EvalSymlinks(above)
		if err != nil {
			return refuse("", "%s cannot be read", above)
		}
		info, err := os.Stat(target)
		if err != nil {
			return refuse("", "%s cannot be read", above)
		}
		if info.Mode().Perm()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0 {
			return refuse("chmod go-w "+quote(target), "others than its owner may write %s, and so exchange what lies in it", target)
		}
		if r := judgeOwner(target, info); r != nil {
			r.reason = fmt.Sprintf("%s: the owner of the folder above is neither root nor the service's user", target)
			return r
		}
		if target != above {
			if r := judgeAbove(target); r != nil {
				return r
			}
		}
		if above == filepath.Dir(above) {
			return nil
		}
	}
}
