package serve

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

// description is what --describe prints: the manifest and what the binary can do besides.
type description struct {
	sdk.Manifest
	Provisioner bool  `json:"provisioner"` // reads profiles
	Protocols   []int `json:"protocols"`   // versions served
}

func (o process) describe(p sdk.Provider) int {
	_, provisioner := p.(sdk.Provisioner)
	d := description{Manifest: p.Manifest(), Provisioner: provisioner}
	for version := range wire.VersionedPlugins(p) {
		d.Protocols = append(d.Protocols, version)
	}
	out := json.NewEncoder(o.stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	err := errors.Join(out.Encode(d), d.Check())
	if d.Capabilities.JIT && !provisioner {
		err = errors.Join(err, errors.New("capabilities: jit needs a provider that implements Provisioner"))
	}
	if err != nil {
		fmt.Fprintln(o.stderr, err)
		return 1
	}
	return 0
}
