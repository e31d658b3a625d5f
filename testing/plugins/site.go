// Package plugins watches the real server among real plugins, good ones and bad ones: what an operator installs, replaces, removes and breaks, and
// what the people who sign in notice of it. Its [Site] is a deployment in a folder; testing/bench/plugins takes its figures from one. Only tests enter.
package plugins

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/hygiene"
	"github.com/idplug/idplug/testing/program"
)

// Programs are what a site is made of. They are built once and stamped or copied from then on.
type Programs struct {
	Bin    string // folder of idplug
	Plugin badplugin.Compiled
}

// Build builds the programs into dir. It takes seconds.
func Build(ctx context.Context, dir string) (Programs, error) {
	if err := program.Build(ctx, dir, "./cmd/idplug"); err != nil {
		return Programs{}, err
	}
	compiled, err := badplugin.Compile(ctx)
	return Programs{Bin: dir, Plugin: compiled}, err
}

// Site is the real server on a folder of its own, and the identity provider of its tenants. Its methods may be called at once.
type Site struct {
	Dir      string // everything the server reads and writes
	Host     *program.Process
	Programs Programs

	idp      *devidp.Server
	token    string
	secrets  *hygiene.Register
	env      []string
	visitors atomic.Int64
}

// Open starts a server without plugins in dir; env are options of its own, such as IDPLUG_PLUGIN_TRUST=pinned.
func Open(ctx context.Context, p Programs, dir string, env ...string) (*Site, error) {
	idp, err := devidp.Start("127.0.0.1:0", devidp.Config{Dialects: []devidp.Dialect{devidp.Okta()}})
	if err != nil {
		return nil, err
	}
	s := &Site{Dir: dir, Programs: p, idp: idp, token: rand.Text(), secrets: hygiene.New()}
	s.env = append([]string{
		"PATH=" + p.Bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + os.TempDir(),
		"IDPLUG_DATA_DIR=" + filepath.Join(dir, "data"), "IDPLUG_PLUGIN_DIR=" + s.Folder(), "IDPLUG_LISTEN=127.0.0.1:0",
		"IDPLUG_OPERATOR_TOKEN=" + s.token, "IDPLUG_FETCH_ALLOW=" + host(idp.URL()), "IDPLUG_LOG_FORMAT=json",
	}, env...)
	s.secrets.Environ(s.env)
	s.secrets.Add(hygiene.Person, "a visitor's address", visitors)
	if err := os.MkdirAll(s.Folder(), 0o755); err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	return s, nil
}

func (s *Site) start() (err error) {
	s.Host, err = program.Start(program.Command{Path: filepath.Join(s.Programs.Bin, "idplug"), Args: []string{"serve"}, Env: s.env, Log: s.LogFile()})
	if err != nil {
		said, _ := os.ReadFile(s.LogFile())
		return fmt.Errorf("%w\n%s", err, said)
	}
	return nil
}

// Restart stops the server and starts it with more options. It listens somewhere else then.
func (s *Site) Restart(env ...string) error {
	if code, err := s.Host.Stop(); err != nil || code != 0 {
		return fmt.Errorf("the server ended with code %d: %w", code, err)
	}
	s.env = append(s.env, env...)
	return s.start()
}

// mostFound bounds what an error says of secrets in logs.
const mostFound = 20

// Close stops both servers. The server must end with code 0, and must have logged no panic and left no secret and nobody's address.
func (s *Site) Close(ctx context.Context) error {
	connections.CloseIdleConnections() // the provider waits for them
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := s.idp.Close(ctx)
	if s.Host == nil {
		return err
	}
	code, stopped := s.Host.Stop()
	if stopped == nil && code != 0 {
		stopped = fmt.Errorf("the server ended with code %d", code)
	}
	found, read := s.secrets.Host(s.LogFile(), filepath.Join(s.Dir, "data"))
	if len(found) > 0 {
		read = fmt.Errorf("what the server left, see %s:\n%s", s.LogFile(), strings.Join(found[:min(len(found), mostFound)], "\n"))
	}
	return errors.Join(err, stopped, read)
}

// Folder is the plugin folder.
func (s *Site) Folder() string { return filepath.Join(s.Dir, "plugins.d") }

// LogFile is where the server's log is.
func (s *Site) LogFile() string { return filepath.Join(s.Dir, "idplug.log") }

// Install drops a plugin into the folder, over the one that may be there.
func (s *Site) Install(b badplugin.Binary) error {
	_, err := s.Programs.Plugin.Write(s.Folder(), b)
	return err
}

// Remove deletes a plugin's file.
func (s *Site) Remove(key string) error {
	return os.Remove(filepath.Join(s.Folder(), "idplug-provider-"+key))
}

// Env is the environment of the server and of the operator's commands.
func (s *Site) Env() []string { return s.env }

// Run runs an operator's command, such as Run(ctx, "plugin", "list"), and returns what it prints.
func (s *Site) Run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(s.Programs.Bin, "idplug"), args...)
	cmd.Env, cmd.Dir = s.env, s.Dir
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return string(out), err
}
