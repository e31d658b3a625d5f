package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/plugins"
)

// swap exchanges pinned bytes and others behind the server's back, as fast as it can around the moments at which the server looks and starts. The
// others leave a mark when they run. The sandbox, which would not let them, is off.
func swap(ctx context.Context, b *bench) (err error) {
	s, err := b.site(ctx, "swap", "IDPLUG_PLUGIN_TRUST=pinned", "IDPLUG_PLUGIN_SANDBOX=off")
	if err != nil {
		return err
	}
	defer func() { err = closed(ctx, s, err) }()
	w, err := newWriter(ctx, s)
	if err != nil {
		return err
	}
	n := b.times(10_000)
	b.title(fmt.Sprintf("Swap: %d exchanges of the file between check and run, in bursts of %d, the process killed in each", n, burst))
	executed := 0
	for done := 0; done < n; done += burst {
		if err := w.attack(ctx, done/burst); err != nil {
			return err
		}
		evil, err := w.evilRan(ctx)
		if err != nil {
			return err
		}
		executed += evil
		b.did("exchanges", burst)
		b.step("exchanges", done, n)
	}
	if err := w.leaveEvil(ctx); err != nil {
		return err
	}
	log, err := os.ReadFile(s.LogFile())
	if err != nil {
		return err
	}
	b.none("unverified bytes executed", executed)
	b.line("times the server found other bytes than the pinned ones", strconv.Itoa(bytes.Count(log, []byte(notPinned))), "")
	return nil
}

// notPinned is part of the reason that the server gives for not running other bytes.
const notPinned = "is not the one pinned"

// leaveEvil lets the other bytes lie there at last, so that the server has seen them at least once.
func (w *writer) leaveEvil(ctx context.Context) error {
	if err := errors.Join(w.settle(), w.write(w.target, w.evil)); err != nil {
		return err
	}
	_, err := w.site.Await(ctx, "bad", "refused", func(p plugins.Plugin) bool { return strings.Contains(p.Reason, notPinned) })
	return err
}

// burst is how many exchanges are made in a row.
const burst = 100

// writer is who would have other bytes run.
type writer struct {
	site         *plugins.Site
	target, spot string // the plugin's file, and a file beside it that the server does not look at
	mark         string // what the other bytes make
	good, evil   []byte // the bytes that differ
	at           int64  // where in the file
	sum          string // of the good file
}

// newWriter pins a good file. That the others leave their mark is seen first, by pinning them.
func newWriter(ctx context.Context, s *plugins.Site) (*writer, error) {
	w := &writer{
		site: s, mark: filepath.Join(s.Dir, "mark"),
		target: filepath.Join(s.Folder(), "idplug-provider-bad"), spot: filepath.Join(s.Folder(), ".spot"),
	}
	evil, err := w.pin(ctx, badplugin.Binary{Mode: badplugin.LeavesMark, Version: "6.6.6", Address: w.mark})
	if err != nil {
		return nil, err
	}
	if err := os.Remove(w.mark); err != nil {
		return nil, fmt.Errorf("a plugin that runs leaves no mark: %w", err)
	}
	if err := os.WriteFile(w.spot, evil, 0o755); err != nil {
		return nil, err
	}
	good, err := w.pin(ctx, badplugin.Binary{})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(good)
	w.sum = hex.EncodeToString(sum[:])
	from, to := differ(good, evil)
	w.at, w.good, w.evil = int64(from), good[from:to], evil[from:to]
	return w, s.Tenant(ctx, "bad", "bad")
}

// pin installs a plugin, pins it, waits until it serves, and returns its bytes.
func (w *writer) pin(ctx context.Context, b badplugin.Binary) ([]byte, error) {
	if err := w.site.Install(b); err != nil {
		return nil, err
	}
	if _, err := w.site.Run(ctx, "plugin", "lock"); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(w.target)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	_, err = w.site.Await(ctx, "bad", "serving what is pinned", func(p plugins.Plugin) bool {
		return p.State == "ready" && p.SHA256 == hex.EncodeToString(sum[:])
	})
	return content, err
}

// differ is the range in which two files of one length differ.
func differ(a, b []byte) (from, to int) {
	for from < len(a) && a[from] == b[from] {
		from++
	}
	to = len(a)
	for to > from && a[to-1] == b[to-1] {
		to--
	}
	return from, to
}

// attack is one burst. It begins about when the server looks at what the burst before has left, and kills the process on its way.
func (w *writer) attack(ctx context.Context, round int) error {
	pause(ctx, 40*time.Millisecond+rand.N(30*time.Millisecond)) // the server looks 50 ms after the last change
	exchange := []func(int) error{w.rename, w.overwrite, w.relink}[round%3]
	if err := w.settle(); err != nil {
		return err
	}
	killAt := rand.IntN(burst)
	for i := range burst + round%2 { // every other time the other bytes are left there
		if err := exchange(i); err != nil {
			return err
		}
		if i == killAt {
			if err := w.kill(ctx); err != nil {
				return err
			}
		}
		pause(ctx, rand.N(400*time.Microsecond))
	}
	return nil
}

// settle makes both names plain files again: the good one and the other.
func (w *writer) settle() error {
	if info, err := os.Lstat(w.target); err == nil && info.Mode().Type() == fs.ModeSymlink {
		if err := os.Rename(w.linked(), w.target); err != nil {
			return err
		}
	}
	return errors.Join(w.write(w.target, w.good), w.write(w.spot, w.evil))
}

// linked is the plain file while the name is a link.
func (w *writer) linked() string { return filepath.Join(filepath.Dir(w.target), ".linked") }

func (w *writer) write(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteAt(content, w.at)
	return err
}

// rename exchanges the two files, in one step.
func (w *writer) rename(int) error {
	return unix.Renameat2(unix.AT_FDCWD, w.target, unix.AT_FDCWD, w.spot, unix.RENAME_EXCHANGE)
}

// overwrite writes the other bytes into the file that is there.
func (w *writer) overwrite(i int) error { return w.write(w.target, [][]byte{w.evil, w.good}[i%2]) }

// relink makes the name a link that leads here and there.
func (w *writer) relink(i int) error {
	next := filepath.Join(filepath.Dir(w.target), ".next")
	if i == 0 {
		if err := os.Rename(w.target, w.linked()); err != nil {
			return err
		}
	}
	to := []string{w.spot, w.linked()}[i%2]
	if err := os.Symlink(filepath.Base(to), next); err != nil {
		return err
	}
	return os.Rename(next, w.target)
}

func (w *writer) kill(ctx context.Context) error {
	p, err := w.site.Plugin(ctx, "bad")
	if err != nil || p.PID == 0 {
		return err
	}
	return w.site.Kill(p.PID, syscall.SIGKILL)
}

// evilRan counts what ran that must not: the mark, and a process of bytes that are not pinned.
func (w *writer) evilRan(ctx context.Context) (ran int, err error) {
	if err := os.Remove(w.mark); err == nil {
		ran++
	}
	p, err := w.site.Plugin(ctx, "bad")
	if err != nil || p.PID == 0 {
		return ran, err
	}
	runs, err := os.Open(fmt.Sprintf("/proc/%d/exe", p.PID))
	if err != nil {
		return ran, nil // it is being replaced
	}
	defer runs.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, runs); err == nil && hex.EncodeToString(sum.Sum(nil)) != w.sum {
		ran++
	}
	return ran, nil
}
