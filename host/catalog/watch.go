package catalog

import (
	"context"
	"io/fs"
	"os"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Timing of the reconcile loop.
const (
	debounce = 50 * time.Millisecond  // after the last event of a burst, such as a copy in chunks
	patience = 5 * time.Second        // for a burst to end: something else may write to the folder all the time
	rescan   = 15 * time.Second       // events can be lost, and some file systems have none
	poll     = 500 * time.Millisecond // while there is no folder to get events from
)

// folder watches the plugin folder, which may not exist yet, go away, or be exchanged for another of the same name. It says when to look,
// never what there is.
type folder struct {
	path    string
	watcher *fsnotify.Watcher // nil while the folder cannot be watched
	watched fs.FileInfo
}

// follow watches the folder that lies at the path now.
func (f *folder) follow() {
	now, err := os.Stat(f.path)
	if err == nil && f.watcher != nil && os.SameFile(now, f.watched) && len(f.watcher.WatchList()) > 0 {
		return
	}
	f.close()
	if err != nil {
		return
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return
	}
	if err := w.Add(f.path); err != nil {
		_ = w.Close()
		return
	}
	f.watcher, f.watched = w, now
}

func (f *folder) close() {
	if f.watcher != nil {
		_ = f.watcher.Close()
		f.watcher = nil
	}
}

// wait returns when it is time to look: something changed and is quiet again, something was made, or time passed. It returns false when ctx has ended.
func (f *folder) wait(ctx context.Context, made <-chan struct{}) bool {
	var events <-chan fsnotify.Event
	var lost <-chan error
	pause := poll
	if f.watcher != nil {
		events, lost, pause = f.watcher.Events, f.watcher.Errors, rescan
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-made:
	case <-lost: //nolint:errcheck // the kernel's queue ran over: look; were this not read, the events would stop
	case <-events:
		calm(ctx, events)
	}
	f.follow() // before anybody looks: what comes after the look is then an event
	return ctx.Err() == nil
}

// calm returns once no event came for the time of debounce.
func calm(ctx context.Context, events <-chan fsnotify.Event) {
	enough := time.After(patience)
	for {
		select {
		case _, ok := <-events:
			if !ok {
				return
			}
		case <-time.After(debounce):
			return
		case <-enough:
			return
		case <-ctx.Done():
			return
		}
	}
}
