package sdktest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/go-plugin"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

// Binary is a plugin in any language, under test.
type Binary struct {
	Path     string // its name is idplug-provider-<key>
	Testdata string // the vendor's folder of golden files; "" for none
	Update   bool   // write the golden answers instead of comparing them

	// Confine, if it is set, starts each process instead of cmd.Start: a sandbox. Standard output and error of cmd are files; Dir is a folder of the
	// process's own, which its environment calls ".". It is called on a thread that waits for the process and does nothing else.
	Confine func(cmd *exec.Cmd) (Cell, error)
}

const prefix = "idplug-provider-"

// Check makes every check with the binary, which takes about ten seconds, and tells each, which may be nil, of every result as it comes. A check that
// fails is followed by a fresh process, so that one fault is told once. The error says why nothing could be checked.
func (b Binary) Check(ctx context.Context, each func(Result)) (*Report, error) {
	path, err := filepath.Abs(b.Path)
	if err != nil {
		return nil, fmt.Errorf("check plugin: %w", err)
	}
	info, err := os.Stat(path)
	key, isPlugin := strings.CutPrefix(filepath.Base(path), prefix)
	switch {
	case err != nil:
		return nil, fmt.Errorf("check plugin: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("check plugin: %s is not a file: build the binary first", b.Path)
	case !isPlugin || key == "":
		return nil, fmt.Errorf("check plugin: the file's name is %q: name it %s<key>", filepath.Base(path), prefix)
	}
	dir, err := os.MkdirTemp("", "idplug-check-")
	if err != nil {
		return nil, fmt.Errorf("check plugin: %w", err)
	}
	defer os.RemoveAll(dir)
	b.Path = path
	s := &suite{Binary: b, dir: dir, versions: wire.VersionedPlugins(nil), subject: subject{key: strings.TrimSuffix(key, ".exe"), golden: golden{b.Testdata, b.Update}}}
	s.subject.suite = s
	defer s.stop()
	r := &Report{Binary: path, Key: s.key, Figures: Figures{Size: info.Size()}}
	return r, s.run(ctx, r, each)
}

// suite is one run over one binary. Its subject's process is replaced after each failure.
type suite struct {
	Binary
	subject
	dir      string                   // of everything that a process makes
	versions map[int]plugin.PluginSet // of the protocol
}

func (s *suite) run(ctx context.Context, r *Report, each func(Result)) error {
	failed := map[string]bool{}
	for _, c := range Checks() {
		result := c.judge(ctx, &s.subject, failed)
		if ctx.Err() != nil {
			return fmt.Errorf("check plugin: %w", context.Cause(ctx))
		}
		r.Results = append(r.Results, result)
		if each != nil {
			each(result)
		}
		if c.ID == startID && result.Outcome == Passed {
			m := s.provider.Manifest()
			r.Manifest, r.Sandbox, r.Figures.Start = &m, s.process.cell.Level(), s.process.took
		}
		if spoiled := s.spoiled.Swap(false); r.Manifest != nil && (result.Outcome == Failed || spoiled || s.process.gone()) {
			if err := s.restart(ctx); err != nil {
				return fmt.Errorf("check plugin: it started once, and then no more: %w", err)
			}
		}
	}
	if r.Manifest != nil {
		s.measure(ctx, &r.Figures)
	}
	return nil
}

// restart puts a fresh process in the place of the subject's.
func (s *suite) restart(ctx context.Context) error {
	s.stop()
	p, provider, err := s.start(ctx, launch{})
	if err != nil {
		return err
	}
	s.process, s.provider = p, provider
	s.log = p.logged
	s.manifest = func() (sdk.Manifest, error) {
		again, err := p.ask()
		if err != nil {
			return sdk.Manifest{}, err
		}
		return again.Manifest(), nil
	}
	return nil
}

func (s *suite) stop() {
	if s.process != nil {
		s.process.end()
		s.process = nil
	}
}

// logged gives lines that are under way a moment to arrive.
func (p *process) logged() string {
	<-time.After(100 * time.Millisecond)
	return p.log.String()
}

// another starts a second process, with which a check does as it likes.
func (s *suite) another(ctx context.Context, how launch, do func(*process, sdk.Provider) error) error {
	p, provider, err := s.start(ctx, how)
	if err != nil {
		return err
	}
	defer p.end()
	return do(p, provider)
}

// answers are what a process says to a few questions, for comparison with another's.
func answers(ctx context.Context, provider sdk.Provider) (all []any, err error) {
	s := &subject{provider: provider}
	m := provider.Manifest()
	advice, err := s.metadata(ctx, sdk.MetadataRequest{Document: []byte(fmt.Sprintf(oneEntity, 1))})
	all = append(all, m, advice)
	if !s.readsProfiles() {
		return all, err
	}
	for _, n := range []int{1, 3, 40} {
		p, wrong := s.profile(ctx, person(m, n))
		all, err = append(all, p), errors.Join(err, wrong)
	}
	return all, err
}
