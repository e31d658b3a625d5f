package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
)

// Box starts programs shut in. The zero value starts them at level basic.
type Box struct {
	Mode Mode
	// Shim is an executable whose main begins with [Main], [Self] for one that does so itself; "" = there is none, and the level is basic.
	Shim string
	// Withhold are steps to leave out as if the kernel refused them, so that tests see what becomes of the rest.
	Withhold []Step
}

// Program is what to start.
type Program struct {
	Path string   // of an executable that its owner and others may execute
	Name string   // argv[0]; "" = Path
	Env  []string // the whole environment
	// Dir is where it starts: a folder of its own, the only one that it may write. It refers to it as ".", an absolute path may lead nowhere. Where the
	// program runs as another user, the folder is given to that user.
	Dir            string
	Stdout, Stderr *os.File // it has no standard input

	// Refused is told of the first, second, fourth … refusal of a kind, if it is set. It must not block.
	Refused func(kind string, count int)
}

// Cell is a process that a [Box] started.
type Cell struct {
	cmd   *exec.Cmd
	watch *watch // nil without one
	level Level
	lacks []Missing

	mu     sync.Mutex
	exited bool
}

// Start starts a program and returns once it runs. The process dies with the thread that calls (Linux) or not before the host says so: lock the
// goroutine to its thread until the process has ended. The caller waits for every process that was started, with [Cell.Wait].
//
// Errors wrap the system's, such as syscall.ETXTBSY, or [ErrNotStrict].
func (b Box) Start(p Program) (*Cell, error) {
	if b.Mode == Off {
		return startPlainly(p, LevelOff, nil)
	}
	c, err := b.start(p)
	if err != nil {
		return nil, fmt.Errorf("sandbox: start: %w", err)
	}
	return c, nil
}

// withoutShim starts a program at level basic.
func (b Box) withoutShim(p Program, why string) (*Cell, error) {
	lacks := []Missing{{StepShim, why}}
	if b.Mode == Strict {
		return nil, explain(lacks)
	}
	return startPlainly(p, LevelBasic, lacks)
}

func (b Box) withheld(s Step) bool { return slices.Contains(b.Withhold, s) }

func startPlainly(p Program, level Level, lacks []Missing) (*Cell, error) {
	cmd := p.command(p.Path, p.name())
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if level != LevelOff {
		limit(cmd.Process.Pid)
	}
	return &Cell{cmd: cmd, level: level, lacks: lacks}, nil
}

func (p Program) name() string {
	if p.Name == "" {
		return p.Path
	}
	return p.Name
}

// command is fresh for every try: an exec.Cmd cannot be started twice.
func (p Program) command(path, name string) *exec.Cmd {
	cmd := &exec.Cmd{Path: path, Args: []string{name}, Env: p.Env, Dir: p.Dir, Stdout: p.Stdout, Stderr: p.Stderr}
	if cmd.Env == nil {
		cmd.Env = []string{} // nil would be ours
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
	return cmd
}

// PID is the process ID as the host sees it; its process group has the same.
func (c *Cell) PID() int { return c.cmd.Process.Pid }

// Wait waits for the end of the process and of what it started. Call it once.
func (c *Cell) Wait() error {
	err := c.cmd.Wait()
	_ = syscall.Kill(-c.PID(), syscall.SIGKILL) // whatever it started goes with it
	c.mu.Lock()
	defer c.mu.Unlock()
	c.exited = true
	if c.watch != nil {
		c.watch.close()
	}
	return err
}

// State is how the process ended; nil for one that has not been waited for.
func (c *Cell) State() *os.ProcessState {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.exited {
		return nil
	}
	return c.cmd.ProcessState
}

// Serving tells the cell that the program has come up. A program that is not linked statically may come up in several steps (a script that names
// its interpreter, env, a wrapper); from now on it has no reason to become another.
func (c *Cell) Serving() {
	if c.watch != nil {
		c.watch.serving()
	}
}

// Report says how far the process is shut in, and what it has been refused so far; also after its end.
func (c *Cell) Report() Report {
	r := Report{Level: c.level, Missing: c.lacks}
	if c.watch != nil {
		r.Refused = c.watch.attempts.list()
	}
	return r
}

// abandon ends a process that must not live on.
func (c *Cell) abandon(why error) error {
	_ = syscall.Kill(-c.PID(), syscall.SIGKILL)
	return errors.Join(why, ignoreExit(c.Wait()))
}

func ignoreExit(err error) error {
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil
	}
	return err
}
