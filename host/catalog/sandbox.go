package catalog

import (
	"sync"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/sandbox"
)

// maxRefused bounds how many different attempts of a plugin are remembered, over all its processes.
const maxRefused = 24

// shutIn refuses to run a program that a strict sandbox cannot hold as it must.
func (c *Catalog) shutIn(path string) *refusal {
	if c.opts.Sandbox.Mode != sandbox.Strict {
		return nil
	}
	if len(c.lacks) > 0 {
		m := c.lacks[0]
		return refuse("set plugin_sandbox to auto, or run idplug where this is granted", "the sandbox is strict, and this machine does not grant %q: %s", m.Step, m.Why)
	}
	needs, err := sandbox.Needs(path)
	if err != nil {
		return refuse("", "%v", err)
	}
	if len(needs) > 0 {
		return refuse("link it statically (Go: CGO_ENABLED=0 go build), or set plugin_sandbox to auto", "the sandbox is strict, and %s", needs[0].Why)
	}
	return nil
}

// custody is how the processes of one plugin are shut in, and what they tried. It outlives a process: what one tried is to be seen also when it has
// died of it.
type custody struct {
	mu   sync.Mutex
	sum  string // of the bytes that the attempts are about
	past []sandbox.Attempt
	last *process
}

// follow turns to another process, of bytes with that sum.
func (c *custody) follow(sum string, p *process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == p {
		return
	}
	if c.last != nil {
		c.past = sumUp(c.past, c.last.report().Refused)
	}
	if sum != c.sum {
		c.past = nil
	}
	c.sum, c.last = sum, p
}

// show fills in what operators see.
func (c *custody) show(s *sso.PluginStatus) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		return
	}
	r := c.last.report()
	s.Sandbox = string(r.Level)
	for _, m := range r.Missing {
		s.Missing = append(s.Missing, sso.SandboxGap{Step: string(m.Step), Why: m.Why})
	}
	for _, a := range sumUp(c.past, r.Refused) {
		s.Refused = append(s.Refused, sso.PluginAttempt{What: a.What, Count: a.Count})
	}
}

// sumUp adds attempts to those of the past.
func sumUp(past, more []sandbox.Attempt) []sandbox.Attempt {
	out := append([]sandbox.Attempt(nil), past...)
next:
	for _, a := range more {
		for i := range out {
			if out[i].What == a.What {
				out[i].Count += a.Count
				continue next
			}
		}
		if len(out) < maxRefused {
			out = append(out, a)
		}
	}
	return out
}

// follow has the custody turn to a process on its way up, unless another one serves meanwhile.
func (u *unit) follow(sum string, p *process) {
	u.mu.Lock()
	serves := u.current != nil
	u.mu.Unlock()
	if !serves {
		u.custody.follow(sum, p)
	}
}

// report is how the process is shut in; the zero value before it is started.
func (p *process) report() sandbox.Report {
	select {
	case <-p.started:
	default:
		return sandbox.Report{}
	}
	if p.cell == nil {
		return sandbox.Report{}
	}
	return p.cell.Report()
}
