package program

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Module is the path of the module whose programs are built.
const Module = "github.com/idplug/idplug"

// Build builds the packages, given from the root of the module ("./cmd/...") or by import path, into dir, without cgo and with paths trimmed as a
// release is, whatever GOFLAGS says, and without symbols: nobody debugs these, and the linker is done sooner. It takes seconds; a test binary does it once.
func Build(ctx context.Context, dir string, packages ...string) error {
	return BuildWith(ctx, dir, "", packages...)
}

// BuildWith is Build with more flags for the linker.
func BuildWith(ctx context.Context, dir, ldflags string, packages ...string) error {
	root, err := Root(ctx)
	if err != nil {
		return err
	}
	args := append([]string{"build", "-trimpath", "-ldflags", "-s -w " + ldflags, "-o", dir + string(filepath.Separator)}, packages...)
	build := exec.CommandContext(ctx, "go", args...)
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build %v: %w\n%s", packages, err, out)
	}
	return nil
}

// Root is the folder of the module, which is above the folder that a test runs in.
func Root(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", Module).Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	return string(out[:len(out)-1]), nil
}
