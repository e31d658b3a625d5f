package sandbox

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"os"
)

// kind is what a program needs of the system to run.
type kind string

const (
	static  kind = "static"  // nothing
	dynamic kind = "dynamic" // a loader and libraries
	script  kind = "script"  // an interpreter
)

// kindOf looks at the first bytes of a program. What is no ELF file and no script is taken for static: the kernel will say what is wrong with it.
func kindOf(f io.ReaderAt) kind {
	start := make([]byte, 2)
	if _, err := f.ReadAt(start, 0); err == nil && bytes.Equal(start, []byte("#!")) {
		return script
	}
	file, err := elf.NewFile(f)
	if err != nil {
		return static
	}
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			return dynamic
		}
	}
	return static
}

// missing is why a program of this kind cannot be shut in completely.
func (k kind) missing() []Missing {
	switch k {
	case dynamic:
		return []Missing{{StepStatic, "it reads system files: it is linked dynamically; link it statically (Go: CGO_ENABLED=0)"}}
	case script:
		return []Missing{{StepStatic, "it reads system files: it is a script and needs its interpreter; a statically linked program does not"}}
	default:
		return nil
	}
}

// Needs says which steps a program at path rules out by its nature: one that is not linked statically reads files of the system.
func Needs(path string) ([]Missing, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return kindOf(f).missing(), errors.Join(f.Close())
}
