package integration

import (
	"os/exec"
	"runtime"
	"syscall"
)

// start starts a process that ends with this one, however this one ends. The kernel ties a process to the thread that started it, hence a
// thread that does nothing else and never returns to the pool while the test binary lives.
func start(c *exec.Cmd) error {
	attr := syscall.SysProcAttr{}
	if c.SysProcAttr != nil {
		attr = *c.SysProcAttr
	}
	attr.Pdeathsig = syscall.SIGQUIT // PostgreSQL's immediate shutdown: it takes its children along
	c.SysProcAttr = &attr
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := c.Start()
		started <- err
		if err == nil {
			select {}
		}
	}()
	return <-started
}
