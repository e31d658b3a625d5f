// Command idplug is the server and the operator's commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/idplug/idplug/host/sandbox"
)

// version is stamped at build time: -ldflags "-X main.version=v1.2.3".
var version = "dev"

func main() {
	sandbox.Main() // returns, unless this process was started to become a plugin
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// errUsage marks errors of the command line itself.
var errUsage = errors.New("usage")

func run(ctx context.Context, args []string, stdout, stderr *os.File) int {
	root := newRoot(&app{stdout: stdout, stderr: stderr}) //nolint:contextcheck // cobra hands the context to the commands
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errUsage):
		_, _ = fmt.Fprintf(stderr, "idplug: %v\n", err)
		return exitUsage
	}
	_, _ = fmt.Fprintf(stderr, "idplug: %s\n", explain(err))
	return exitFailed
}
