//go:build !unix

package sdktest

import (
	"os"
	"os/exec"
)

func inGroup(*exec.Cmd) {}

func killGroup(p *os.Process) { _ = p.Kill() }
