package sdktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/idplug/idplug/sdk"
)

const startID = "process.start"

func startChecks() []Check {
	return []Check{{
		ID: startID, Rule: "It starts as a host starts it, says within 5 s on standard output where it listens, a Unix socket in its own folder, and gives its manifest within 2 s.",
		Fix:    "In Go, main is serve.Main(p) and nothing before it. In another language, follow docs/reference/plugin-protocol.md from the ground up.",
		binary: true, run: func(ctx context.Context, s *subject) error { return s.suite.restart(ctx) },
	}}
}

// processChecks are about the process, not about answers.
func processChecks() []Check {
	checks := []Check{
		{
			ID: "process.previous", Rule: "It speaks the previous version of the protocol, too: hosts are updated after their plugins, and before.",
			Fix: "Build it with the present SDK, which serves both; in another language, offer both versions.", run: checkPrevious,
		},
		{
			ID: "process.restart", needs: "profile.answers", Rule: "Another process of the same binary gives the same manifest and the same answers.",
			Fix: "Let nothing depend on the time, on randomness, on the environment or on a map's order.", run: checkRestart,
		},
		{
			ID: "process.stdout", Rule: "After the handshake line nothing is written to standard output.",
			Fix: "Log with sdk.Log(ctx). serve.Main takes prints to os.Stdout away; a C library or a child may still write to file descriptor 1.", run: checkStdout,
		},
		{
			ID: "process.log", Rule: "What it logs is lines of JSON with a level and a msg, of at most 8 KiB.",
			Fix: "Log with sdk.Log(ctx); in another language, write one JSON object per line to standard error: {\"level\":\"INFO\",\"msg\":\"…\"}.", run: checkLines,
		},
		{
			ID: "process.memory", needs: "profile.answers", Rule: "Calls leave nothing behind: memory grows by less than 64 MiB over two thousand of them.",
			Fix: "Keep nothing between calls: no cache, no list of what was seen.", run: checkMemory,
		},
		{
			ID: "process.files", Rule: "It holds no file and no network socket open.",
			Fix: "Embed what you need into the binary (go:embed); the host fetches metadata, a plugin never does.", run: checkFiles,
		},
		{
			ID: "process.children", Rule: "It starts no other process.",
			Fix: "Do the work in the plugin's own process; in the sandbox there are no others.", run: checkChildren,
		},
		{
			ID: "process.sandbox", needs: "profile.answers", Rule: "It works inside the sandbox, and tries nothing there that is refused.",
			Fix: "Do without files, network and other processes, also where their absence is borne: what is tried is shown to operators.", run: checkSandbox,
		},
		{
			ID: "process.terminate", Rule: "It ends within 10 s when it is told to, by SIGTERM.",
			Fix: "Leave signals to serve.Main; in another language, finish the calls in flight at SIGTERM and exit.", run: checkTerminate,
		},
		{
			ID: "process.orphan", Rule: "It ends within 10 s when its host has died without a word.",
			Fix: "Leave that to serve.Main; in another language, look once a second whether the parent process is still the one it was.", run: checkOrphan,
		},
	}
	for i := range checks {
		checks[i].binary = true
	}
	return checks
}

func checkPrevious(ctx context.Context, s *subject) error {
	versions := slices.Sorted(maps.Keys(s.suite.versions))
	if len(versions) == 1 {
		return skipped(fmt.Sprintf("version %d of the protocol is the first", versions[0]))
	}
	return s.suite.another(ctx, launch{version: versions[len(versions)-2]}, func(*process, sdk.Provider) error { return nil })
}

func checkRestart(ctx context.Context, s *subject) error {
	first, err := answers(ctx, s.provider)
	if err != nil {
		return skipped("questions get no answer, which another rule tells")
	}
	return s.suite.another(ctx, launch{}, func(_ *process, other sdk.Provider) error {
		second, err := answers(ctx, other)
		if err == nil && !reflect.DeepEqual(first, second) {
			err = errors.New("two processes answer differently")
		}
		return err
	})
}

func checkStdout(_ context.Context, s *subject) error {
	if said := s.process.out.String(); said != "" {
		return fmt.Errorf("%d bytes or more, beginning with %.80q", len(said), said)
	}
	return nil
}

func checkLines(_ context.Context, s *subject) error {
	const longest = 8 << 10
	for line := range strings.Lines(s.log()) {
		var said struct{ Level, Msg string }
		switch line = strings.TrimSuffix(line, "\n"); {
		case len(line) > longest:
			return fmt.Errorf("a line of %d bytes, beginning with %.80q", len(line), line)
		case json.Unmarshal([]byte(line), &said) != nil || said.Level == "" || said.Msg == "":
			return fmt.Errorf("a line that is no such object: %.200q", line)
		}
	}
	return nil
}

// checkMemory looks early and often: what leaks much must not get far.
func checkMemory(ctx context.Context, s *subject) error {
	const most, batch, batches = 64 << 20, 10, 200
	before, known := s.process.resident()
	if !known {
		return skipped("the memory of another process cannot be seen here")
	}
	for range batches {
		for range batch {
			if err := s.anything(ctx); err != nil {
				return skipped("questions get no answer, which another rule tells")
			}
		}
		if now, _ := s.process.resident(); now-before > most {
			return fmt.Errorf("it grew from %d to %d MiB", before>>20, now>>20)
		}
	}
	return nil
}

// anything asks the question that logins ask, where there is an answer to it.
func (s *subject) anything(ctx context.Context) error {
	var err error
	if s.readsProfiles() {
		_, err = s.profile(ctx, person(s.provider.Manifest(), 1))
	} else {
		_, err = s.metadata(ctx, sdk.MetadataRequest{Document: []byte(fmt.Sprintf(oneEntity, 1))})
	}
	return err
}

func checkFiles(_ context.Context, s *subject) error {
	held, err := s.process.holds(filepath.Base(s.suite.Path))
	if err != nil {
		return skipped("the open files of another process cannot be seen here")
	}
	if len(held) > 0 {
		return fmt.Errorf("it holds %s", strings.Join(held, ", "))
	}
	return nil
}

func checkChildren(_ context.Context, s *subject) error {
	children, err := s.process.children()
	if err != nil {
		return skipped("other processes cannot be seen here")
	}
	if len(children) > 0 {
		return fmt.Errorf("it started %s", strings.Join(children, ", "))
	}
	return nil
}

func checkSandbox(ctx context.Context, s *subject) error {
	if s.suite.Confine == nil {
		return skipped("there is no sandbox here")
	}
	var cell Cell
	err := s.suite.another(ctx, launch{}, func(p *process, provider sdk.Provider) error {
		cell = p.cell
		_, err := answers(ctx, provider)
		return err
	})
	if err != nil {
		return err
	}
	if tried := cell.Refused(); len(tried) > 0 {
		return fmt.Errorf("it was refused:\n%s", strings.Join(tried, "\n"))
	}
	return nil
}

func checkTerminate(ctx context.Context, s *subject) error {
	return s.suite.another(ctx, launch{}, func(p *process, _ sdk.Provider) error {
		if err := terminate(p.cell.PID()); err != nil {
			return skipped("there is no SIGTERM here")
		}
		select {
		case <-p.exited:
			return nil
		case <-time.After(endTimeout):
			return errors.New("it runs on")
		}
	})
}

// checkOrphan lets a shell play the host, and kills it.
func checkOrphan(ctx context.Context, s *subject) error {
	if s.suite.Confine != nil {
		return skipped("inside the sandbox the kernel sees to it")
	}
	shell, err := exec.LookPath("bash") // whose exec can pass on a name for the process
	if err != nil {
		return skipped("bash is needed to play the host, and is not here")
	}
	host := func(plugin *exec.Cmd) *exec.Cmd {
		cmd := *plugin
		cmd.Path, cmd.Args = shell, slices.Concat([]string{shell, "-c", `(exec -a "$0" "$@") & wait`, plugin.Args[0], plugin.Path}, plugin.Args[1:])
		return &cmd
	}
	return s.suite.another(ctx, launch{wrap: host}, func(p *process, _ sdk.Provider) error {
		if host, err := os.FindProcess(p.cell.PID()); err != nil || host.Kill() != nil {
			return skipped("the shell that plays the host cannot be killed")
		}
		if hung, ok := p.raw.(interface{ Close() error }); ok {
			go func() { _ = hung.Close() }() // a dead host's connections are closed, too
		}
		select {
		case <-p.silent: // it held standard output until now
			return nil
		case <-time.After(endTimeout):
			return errors.New("it runs on")
		}
	})
}
