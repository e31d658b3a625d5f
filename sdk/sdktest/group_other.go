//go:build !unix

package sdktest

import (
	"errors"
	"os"
	"os/exec"
)

func inGroup(*exec.Cmd) {}

func killGroup(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}

func terminate(int) error { return errors.ErrUnsupported }
