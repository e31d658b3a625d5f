package sdktest

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/idplug/idplug/sdk"
)

func manifestChecks() []Check {
	return []Check{
		{
			"manifest.valid", "The manifest has a key, a name, a semantic version and a vendor; its guide uses known placeholders, its hints known fields.",
			func(_ context.Context, s Subject) error { return s.Provider.Manifest().Check() },
		},
		{"manifest.key", "The key is the end of the binary's name: idplug-provider-<key>.", checkKey},
		{"manifest.stable", "The manifest is the same whenever it is asked for.", checkStable},
		{"manifest.guide", "There is a set-up guide, and it tells both values an administrator has to enter: {acs_url} and {entity_id}.", checkGuide},
		{"manifest.jit", "Who offers just-in-time users reads profiles.", checkJIT},
	}
}

func checkKey(_ context.Context, s Subject) error {
	if key := s.Provider.Manifest().Key; s.Key != "" && key != s.Key {
		return fmt.Errorf("the binary says %q, the manifest %q", s.Key, key)
	}
	return nil
}

func checkStable(_ context.Context, s Subject) error {
	if !reflect.DeepEqual(s.Provider.Manifest(), s.Provider.Manifest()) {
		return errors.New("two manifests differ")
	}
	return nil
}

func checkGuide(_ context.Context, s Subject) error {
	told := map[string]bool{}
	for _, step := range s.Provider.Manifest().Guide {
		for _, word := range placeholderForm.FindAllString(step.Text, -1) {
			told[word] = true
		}
	}
	// Metadata of the service provider holds both.
	if told["{metadata_url}"] || told["{acs_url}"] && told["{entity_id}"] {
		return nil
	}
	return fmt.Errorf("only %v are told", told)
}

func checkJIT(_ context.Context, s Subject) error {
	if _, reads := s.Provider.(sdk.Provisioner); s.Provider.Manifest().Capabilities.JIT && !reads {
		return errors.New("jit is offered, but there is no Profile")
	}
	return nil
}
