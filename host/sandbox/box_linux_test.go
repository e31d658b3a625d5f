package sandbox_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/sandbox"
)

var shut = sandbox.Box{Shim: sandbox.Self}

// heard accepts whoever comes, and tells what they said.
func heard(l net.Listener) <-chan string {
	said := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		b := make([]byte, 64)
		n, _ := conn.Read(b)
		said <- string(b[:n])
	}()
	return said
}

func listen(t *testing.T, network, address string) (string, <-chan string) {
	t.Helper()
	l, err := net.Listen(network, address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String(), heard(l)
}

// Each way out is open without the sandbox, and closed and reported with it.
func TestNoWayOut(t *testing.T) {
	t.Parallel()
	asEachUser(t, func(t *testing.T) {
		dir := t.TempDir()
		secret, target := filepath.Join(dir, "secret"), filepath.Join(dir, "target")
		require.NoError(t, os.WriteFile(secret, []byte("hunter2"), 0o600))
		tcp, overTCP := listen(t, "tcp", "127.0.0.1:0")
		abstract, overAbstract := listen(t, "unix", "@idplug-"+filepath.Base(filepath.Dir(dir)))
		service, overService := listen(t, "unix", filepath.Join(shortDir(t), "s"))
		packets, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		defer packets.Close()
		overUDP := make(chan string, 1)
		go func() {
			b := make([]byte, 64)
			if n, _, err := packets.ReadFrom(b); err == nil {
				overUDP <- string(b[:n])
			}
		}()
		victim := exec.Command("sleep", "600")
		require.NoError(t, victim.Start())
		died := make(chan string, 1)
		go func() {
			_ = victim.Wait()
			died <- "was here"
		}()
		defer victim.Process.Kill()

		tests := []struct {
			way, reported string
			effect        <-chan string // gets "was here" when it worked
		}{
			{way: "read:" + secret, reported: "open " + secret},
			{way: "write:" + target, reported: "open " + target},
			{way: "tcp:" + tcp, reported: "open a socket (inet)", effect: overTCP},
			{way: "udp:" + packets.LocalAddr().String(), reported: "open a socket (inet)", effect: overUDP},
			{way: "unix:" + abstract, reported: "connect to unix:" + abstract, effect: overAbstract},
			{way: "unix:" + service, reported: "connect to unix:" + service, effect: overService},
			{way: "fork:/bin/true", reported: "start a process"},
			{way: "shared:1048576", reported: "memory beyond the limit (mmap, shared)"},
			{way: fmt.Sprintf("signal:%d", victim.Process.Pid), reported: fmt.Sprintf("send a signal to process %d", victim.Process.Pid), effect: died},
		}
		for _, test := range tests {
			r := escape(t, shut, test.way)
			require.Equal(t, sandbox.Report{Level: sandbox.LevelFull, Refused: []sandbox.Attempt{{What: test.reported, Count: 1}}}, r.Report(), "%s: %v, it said %q", test.way, r.err, r.output)
			require.Contains(t, r.output, "permission denied", test.way)
			require.NoError(t, r.err)
			select {
			case <-test.effect:
				t.Fatalf("%s worked", test.way)
			default:
			}
		}
		require.NoFileExists(t, target)
		for _, test := range tests {
			r := escape(t, sandbox.Box{Mode: sandbox.Off}, test.way)
			require.Equal(t, sandbox.Report{Level: sandbox.LevelOff}, r.Report())
			require.Contains(t, r.output, "<nil>", test.way)
			if test.effect != nil {
				require.Equal(t, "was here", <-test.effect, test.way)
			}
		}
		require.FileExists(t, target)
	})
}

func TestOtherPrograms(t *testing.T) {
	t.Parallel()
	asEachUser(t, func(t *testing.T) {
		for _, path := range []string{"/bin/true", "self"} {
			r := escape(t, shut, "exec:"+path)
			require.Contains(t, r.output, "permission denied")
			require.Len(t, r.Report().Refused, 1)
			require.Contains(t, r.Report().Refused[0].What, "start the program /")
		}
		require.Equal(t, "escaped\n", escape(t, sandbox.Box{Mode: sandbox.Off}, "exec:self").output)
	})
}

func TestMemory(t *testing.T) {
	t.Parallel()
	asEachUser(t, func(t *testing.T) {
		const fourGiB = "memory:4294967296"
		for _, b := range []sandbox.Box{shut, {}} { // without a shim, too
			r := escape(t, b, fourGiB)
			require.Error(t, r.err)
			require.Regexp(t, "runtime: (out of|cannot allocate) memory", r.output, "the words for either way to run into the limit, as package catalog reads them")
			require.Equal(t, 2, r.State().ExitCode())
		}
		require.Contains(t, escape(t, sandbox.Box{Mode: sandbox.Off}, fourGiB).output, "allocated")
	})
}

func TestAnAttemptRepeatedIsCountedAndNotWrittenDownEachTime(t *testing.T) {
	t.Parallel()
	asEachUser(t, func(t *testing.T) {
		r := escape(t, shut, "many:/etc/passwd", "read:/etc/shadow")
		require.Equal(t, []sandbox.Attempt{{What: "open /etc/passwd", Count: 300}, {What: "open /etc/shadow", Count: 1}}, r.Report().Refused)
	})
}

// Each step is missed in the report, and what it alone would have stopped is stopped by another.
func TestAStepThatIsNotGrantedIsNamedAndTheRestHolds(t *testing.T) {
	t.Parallel()
	asEachUser(t, func(t *testing.T) {
		steps := []sandbox.Step{
			sandbox.StepLimits, sandbox.StepNamespaces, sandbox.StepRoot, sandbox.StepLandlock, sandbox.StepSeccomp,
		}
		if os.Geteuid() == 0 {
			steps = append(steps, sandbox.StepUser)
		}
		secret := filepath.Join(t.TempDir(), "secret")
		require.NoError(t, os.WriteFile(secret, []byte("hunter2"), 0o600))
		tcp, arrived := listen(t, "tcp", "127.0.0.1:0")
		for _, step := range steps {
			b := sandbox.Box{Shim: sandbox.Self, Withhold: []sandbox.Step{step}}
			r := escape(t, b, "read:"+secret, "tcp:"+tcp, "write:own")
			require.NoError(t, r.err)
			require.Equal(t, sandbox.LevelPartial, r.Report().Level, step)
			require.Contains(t, missing(r.Report()), step)
			require.NotContains(t, r.output, "hunter2", step)
			require.Contains(t, r.output, `write:own: got "written", <nil>`, step)
			require.Equal(t, step != sandbox.StepSeccomp, len(r.Report().Refused) > 0)
			require.Equal(t, r.Report().Missing, b.Lacks())

			b.Mode = sandbox.Strict
			_, err := try(t, b, bare(t))
			require.ErrorIs(t, err, sandbox.ErrNotStrict)
			require.ErrorContains(t, err, string(step))
		}
		select {
		case <-arrived:
			t.Fatal("a connection")
		default:
		}
		b := sandbox.Box{Shim: sandbox.Self, Withhold: []sandbox.Step{sandbox.StepNamespaces, sandbox.StepRoot, sandbox.StepLandlock, sandbox.StepSeccomp, sandbox.StepUser}}
		require.Contains(t, escape(t, b, "read:"+secret).output, "hunter2", "or the test proves nothing")
		require.Empty(t, shut.Lacks())
		_, err := try(t, sandbox.Box{Shim: sandbox.Self, Mode: sandbox.Strict}, bare(t))
		require.NoError(t, err)
	})
}

func missing(r sandbox.Report) (steps []sandbox.Step) {
	for _, m := range r.Missing {
		steps = append(steps, m.Step)
	}
	return steps
}

func TestTheProcessHasNoPrivileges(t *testing.T) {
	t.Parallel()
	asEachUser(t, func(t *testing.T) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		cell, _, err := start(t, shut, bare(t), "wait")
		require.NoError(t, err)
		proc := fmt.Sprintf("/proc/%d/", cell.PID())
		status, err := os.ReadFile(proc + "status")
		require.NoError(t, err)
		for _, line := range []string{
			"Uid:\t65534\t65534\t65534\t65534", "Gid:\t65534\t65534\t65534\t65534", "Groups:\t \n", "NoNewPrivs:\t1", "Seccomp:\t2",
			"CapInh:\t0000000000000000", "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "CapAmb:\t0000000000000000", "NSpid:\t%d\t1",
		} {
			if strings.Contains(line, "%") {
				line = fmt.Sprintf(line, cell.PID())
			}
			require.Contains(t, string(status), line)
		}
		limits, err := os.ReadFile(proc + "limits")
		require.NoError(t, err)
		for _, limit := range []string{"data size 268435456 268435456", "open files 64 64", "core file size 0 0", "file size 1048576 1048576"} {
			require.Contains(t, strings.Join(strings.Fields(string(limits)), " "), limit)
		}
		for _, ns := range []string{"net", "pid", "ipc", "uts"} {
			ours, err := os.Readlink("/proc/self/ns/" + ns)
			require.NoError(t, err)
			theirs, err := os.Readlink(proc + "ns/" + ns)
			require.NoError(t, err)
			require.NotEqual(t, ours, theirs, ns)
		}
		fds, err := os.ReadDir(proc + "fd")
		require.NoError(t, err)
		for _, fd := range fds {
			to, _ := os.Readlink(proc + "fd/" + fd.Name())
			require.NotContains(t, to, "sandbox")
			require.NotContains(t, to, "seccomp")
		}
		line, err := os.ReadFile(proc + "cmdline")
		require.NoError(t, err)
		require.Equal(t, "escape\x00", string(line))
		require.Nil(t, cell.State())
		require.NoError(t, syscall.Kill(cell.PID(), syscall.SIGKILL))
		require.Error(t, cell.Wait())
	})
}

func TestProgramsThatReadSystemFiles(t *testing.T) {
	t.Parallel()
	asEachUser(t, func(t *testing.T) {
		secret := filepath.Join(t.TempDir(), "secret")
		require.NoError(t, os.WriteFile(secret, []byte("hunter2"), 0o600))
		path := filepath.Join(t.TempDir(), "script")
		body := "#!/usr/bin/env sh\necho up\nread x < " + secret + "; echo \"$x\"\necho made > own && echo wrote\n/bin/true || echo no child\n"
		require.NoError(t, os.WriteFile(path, []byte(body), 0o755))
		r, err := try(t, shut, path)
		require.NoError(t, err)
		require.Contains(t, r.output, "up\n")
		require.Contains(t, r.output, "wrote\n")
		require.NotContains(t, r.output, "hunter2")
		require.Equal(t, sandbox.LevelPartial, r.Report().Level)
		require.Equal(t, []sandbox.Step{sandbox.StepStatic}, missing(r.Report()))
		require.Contains(t, r.Report().Refused, sandbox.Attempt{What: "open " + secret, Count: 1})
		require.Contains(t, r.Report().Refused, sandbox.Attempt{What: "start a process", Count: 1})
		needs, err := sandbox.Needs(path)
		require.NoError(t, err)
		require.Equal(t, r.Report().Missing, needs)

		_, err = try(t, sandbox.Box{Shim: sandbox.Self, Mode: sandbox.Strict}, path)
		require.ErrorContains(t, err, "it reads system files")

		r, err = try(t, shut, "/bin/true") // linked dynamically
		require.NoError(t, err)
		require.NoError(t, r.err, r.output)
		require.Equal(t, []sandbox.Step{sandbox.StepStatic}, missing(r.Report()))
	})
}

func TestProgramsThatDoNotStartLeaveNothing(t *testing.T) {
	before := open(t)
	for range 3 {
		path := filepath.Join(t.TempDir(), "program")
		require.NoError(t, os.WriteFile(path, []byte("\x7fELF and then nothing"), 0o755))
		for _, b := range []sandbox.Box{shut, {}, {Mode: sandbox.Off}} {
			_, err := try(t, b, path)
			require.ErrorIs(t, err, syscall.ENOEXEC)
			require.ErrorContains(t, err, "exec format error")
			_, err = try(t, b, path+"-that-is-not-there")
			require.ErrorIs(t, err, os.ErrNotExist)
		}
		require.NoError(t, escape(t, shut).err)
	}
	require.Eventually(t, func() bool { return open(t) <= before+1 }, 10*time.Second, 10*time.Millisecond) // and the poller's
}

func open(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(fds)
}

func TestWithoutAShim(t *testing.T) {
	t.Parallel()
	r := escape(t, sandbox.Box{}, "fork:/bin/true")
	require.Equal(t, sandbox.LevelBasic, r.Report().Level)
	require.Equal(t, []sandbox.Step{sandbox.StepShim}, missing(r.Report()))
	require.Equal(t, r.Report().Missing, sandbox.Box{}.Lacks())
	_, err := try(t, sandbox.Box{Mode: sandbox.Strict}, bare(t))
	require.ErrorIs(t, err, sandbox.ErrNotStrict)

	r = escape(t, sandbox.Box{Shim: "/nowhere"}, "fork:/bin/true")
	require.Equal(t, sandbox.LevelBasic, r.Report().Level)
	_, err = try(t, sandbox.Box{Shim: "/bin/true"}, bare(t))
	require.ErrorContains(t, err, "shim")
}

// Called like a shim by somebody who is no host.
func TestAShimWithoutAHostEnds(t *testing.T) {
	t.Parallel()
	lost := &exec.Cmd{Path: sandbox.Self, Args: []string{"idplug-sandbox"}}
	var said bytes.Buffer
	lost.Stdout, lost.Stderr = &said, &said
	require.Error(t, lost.Run())
	require.Equal(t, 2, lost.ProcessState.ExitCode())
	require.Empty(t, said.String())
}

// shortDir is a folder whose path is short enough for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "s") //nolint:usetesting // t.TempDir's path is too long
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func BenchmarkStart(b *testing.B) {
	dir, err := built()
	require.NoError(b, err)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(b, err)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for name, box := range map[string]sandbox.Box{"off": {Mode: sandbox.Off}, "basic": {}, "full": shut} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				cell, err := box.Start(sandbox.Program{Path: filepath.Join(dir, "run"), Dir: b.TempDir(), Stdout: null, Stderr: null})
				require.NoError(b, err)
				require.NoError(b, cell.Wait())
			}
		})
	}
}
