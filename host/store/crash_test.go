package store_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/host/store"
)

// crashVar names the database that a process of this test binary writes to until it is killed.
const crashVar = "IDPLUG_TEST_CRASH_DB"

// What was acknowledged is there after the process is killed, and the database needs no repair.
func TestAcknowledgedLoginsSurviveAKill(t *testing.T) {
	if path := os.Getenv(crashVar); path != "" {
		writeUntilKilled(t, path)
	}
	path := filepath.Join(t.TempDir(), "idplug.db")
	s := migrated(t, path)
	createTenant(t, s, "acme")
	require.NoError(t, s.Close())

	writer := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAcknowledgedLoginsSurviveAKill$")
	writer.Env = append(os.Environ(), crashVar+"="+path)
	out, err := writer.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, writer.Start())
	lines := bufio.NewScanner(out)
	acknowledged := ""
	for range 50 {
		require.True(t, lines.Scan())
		acknowledged = lines.Text()
	}
	require.NoError(t, writer.Process.Kill())
	for lines.Scan() { // what it said before it died
		acknowledged = lines.Text()
	}
	require.Error(t, writer.Wait())

	var last int
	_, err = fmt.Sscan(acknowledged, &last)
	require.NoError(t, err)
	s = open(t, store.Options{DSN: path})
	for i := range last + 1 {
		err := s.Login().InTx(t.Context(), "acme", func(tx login.Tx) error { return use(tx, i) })
		require.Error(t, err, "login %d was forgotten", i)
	}
}

func use(tx login.Tx, i int) error {
	return tx.UseOnce("idp", fmt.Sprint("_a", i), fmt.Sprint("_r", i), now)
}

func writeUntilKilled(t *testing.T, path string) {
	s := open(t, store.Options{DSN: path})
	for i := 0; ; i++ {
		require.NoError(t, s.Login().InTx(t.Context(), "acme", func(tx login.Tx) error { return use(tx, i) }))
		fmt.Fprintln(os.Stdout, i)
	}
}
