package sdktest

import (
	"context"
	"fmt"

	"github.com/hashicorp/go-plugin"

	"github.com/idplug/idplug/sdk"
)

// One makes one check of a provider as it is, without a connection unless p is the client of one.
func One(ctx context.Context, id string, p sdk.Provider, key string, log func() string) Result {
	for _, c := range Checks() {
		if c.ID == id {
			s := &subject{provider: p, key: key, log: log, manifest: func() (sdk.Manifest, error) { return p.Manifest(), nil }}
			return c.judge(ctx, s, map[string]bool{})
		}
	}
	panic(fmt.Sprintf("no check %s", id))
}

// Previous makes the check of the previous version, among versions that are to come.
func Previous(ctx context.Context, b Binary, dir string, versions map[int]plugin.PluginSet) error {
	s := &suite{Binary: b, dir: dir, versions: versions}
	return checkPrevious(ctx, &subject{suite: s})
}

// Golden makes the check of a folder of testdata.
func Golden(ctx context.Context, id string, p sdk.Provider, dir string, update bool) Result {
	for _, c := range goldenChecks() {
		if c.ID == id {
			return c.judge(ctx, &subject{provider: p, golden: golden{dir, update}}, map[string]bool{})
		}
	}
	panic(fmt.Sprintf("no check %s", id))
}
