package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
)

// scaffoldFiles are the templates of a plugin's module; a file's place and name, less .tmpl, are those in the module.
//
//go:embed all:scaffold
var scaffoldFiles embed.FS

// scaffold is the module of a new plugin.
type scaffold struct {
	Key        string
	Name       string // as people call the provider
	Module     string
	Go         string // version of the language
	SDK        string // module path
	SDKVersion string
	SDKPath    string // folder that stands in for an unreleased SDK, seen from the module; "" for none
}

// noVersion stands in go.mod where a replace makes the version meaningless.
const noVersion = "v0.0.0"

// write makes the module in dir, which is absent or empty, or leaves nothing behind. ready prepares the finished files before they are moved there.
func (s scaffold) write(dir string, ready func(dir string) error) (files []string, err error) {
	const op = "plugin new"
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil { //nolint:gosec // a source folder, read by whoever may
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	half, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-") // beside it, so that relative paths hold and renaming is enough
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(half)) }()
	if files, err = s.render(half); err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	if err := ready(half); err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	if err := moveInto(half, dir); err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	return files, nil
}

// render writes every file of the module and returns their names.
func (s scaffold) render(dir string) ([]string, error) {
	var files []string
	err := fs.WalkDir(scaffoldFiles, "scaffold", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := s.fill(name)
		if err != nil {
			return err
		}
		file := strings.TrimSuffix(strings.TrimPrefix(name, "scaffold/"), ".tmpl")
		files = append(files, file)
		to := filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil { //nolint:gosec // a source folder
			return err
		}
		return os.WriteFile(to, text, 0o644) //nolint:gosec // source is for everybody to read
	})
	return files, err
}

func (s scaffold) fill(name string) ([]byte, error) {
	source, err := fs.ReadFile(scaffoldFiles, name)
	if err != nil {
		return nil, err
	}
	t, err := template.New(path.Base(name)).Option("missingkey=error").Parse(string(source))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, s)
	return out.Bytes(), err
}

// SDKPathQuoted is the path as go.mod wants it.
func (s scaffold) SDKPathQuoted() string {
	if strings.ContainsAny(s.SDKPath, " \t\"'`()[]{},") {
		return strconv.Quote(s.SDKPath)
	}
	return s.SDKPath
}

// moveInto makes dir what half is. A folder that is there already, and empty, stays the same folder: somebody may stand in it.
func moveInto(half, dir string) error {
	if err := os.Chmod(half, 0o755); err != nil { //nolint:gosec // a source folder
		return err
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(half, dir)
	}
	entries, err := os.ReadDir(half)
	if err != nil {
		return err
	}
	for i, e := range entries {
		if err := os.Rename(filepath.Join(half, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			for _, moved := range entries[:i] {
				err = errors.Join(err, os.RemoveAll(filepath.Join(dir, moved.Name())))
			}
			return err
		}
	}
	return nil
}

// tidy completes go.mod and go.sum, which takes modules from the cache and asks the proxy for the rest.
func tidy(ctx context.Context, dir string) error {
	cmd := exec.CommandContext(ctx, "go", "mod", "tidy")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return errors.New("the go command is not in PATH: a plugin is a Go module; install Go (https://go.dev/doc/install) and try again")
	case err != nil:
		return fmt.Errorf("go mod tidy: %w\n%s", err, bytes.TrimSpace(out))
	}
	return nil
}
