package sdktest

import "os/exec"

// Cell is a running process, as whoever started it sees it: a sandbox.
type Cell interface {
	PID() int          // as we see it; its process group has the same
	Serving()          // is called once it has said where it listens
	Wait() error       // returns when it has ended, as [exec.Cmd.Wait] does; called once
	Level() string     // how far it is shut in, in a word of the sandbox's
	Refused() []string // what it tried and was refused, a line each; asked once it has ended
}

// plainly starts a process without a sandbox.
func plainly(cmd *exec.Cmd) (Cell, error) {
	inGroup(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return plain{cmd}, nil
}

type plain struct{ cmd *exec.Cmd }

func (p plain) PID() int        { return p.cmd.Process.Pid }
func (plain) Serving()          {}
func (p plain) Wait() error     { return p.cmd.Wait() }
func (plain) Level() string     { return "none" }
func (plain) Refused() []string { return nil }
