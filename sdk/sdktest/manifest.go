package sdktest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

func manifestChecks() []Check {
	return []Check{
		{
			ID: "manifest.valid", Rule: "The manifest has a key, a name, a semantic version and a vendor; its guide uses known placeholders, its hints known fields.",
			Fix: "Correct what is named; the doc comments of sdk.Manifest say what each field holds.",
			run: func(_ context.Context, s *subject) error { return s.provider.Manifest().Check() },
		},
		{
			ID: "manifest.key", Rule: "The key is the end of the binary's name: idplug-provider-<key>.",
			Fix: "Rename the binary, or change Key in the manifest.", run: checkKey,
		},
		{
			ID: "manifest.stable", Rule: "The manifest is the same whenever it is asked for.",
			Fix: "Write the manifest as constants; nothing in it may depend on time, on a map's order, or on earlier calls.", run: checkStable,
		},
		{
			ID: "manifest.guide", Rule: "There is a set-up guide, and it tells both values an administrator has to enter: {acs_url} and {entity_id}.",
			Fix: "Add a step that uses both placeholders, or {metadata_url} where the provider's console reads our metadata.", run: checkGuide,
		},
		{
			ID: "manifest.jit", Rule: "Who offers just-in-time users reads profiles.",
			Fix: "Implement Profile (sdk.Provisioner), or leave jit out of the capabilities.", run: checkJIT,
		},
	}
}

func checkKey(_ context.Context, s *subject) error {
	if key := s.provider.Manifest().Key; s.key != "" && key != s.key {
		return fmt.Errorf("the binary says %q, the manifest %q", s.key, key)
	}
	return nil
}

func checkStable(_ context.Context, s *subject) error {
	for range 5 {
		again, err := s.manifest()
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(s.provider.Manifest(), again) {
			return errors.New("two manifests differ")
		}
	}
	return nil
}

func checkGuide(_ context.Context, s *subject) error {
	told := map[string]bool{}
	for _, step := range s.provider.Manifest().Guide {
		for _, word := range placeholderForm.FindAllString(step.Text, -1) {
			told[word] = true
		}
	}
	// Metadata of the service provider holds both.
	if told["{metadata_url}"] || told["{acs_url}"] && told["{entity_id}"] {
		return nil
	}
	return fmt.Errorf("the guide tells %v", slices.Sorted(maps.Keys(told)))
}

func checkJIT(_ context.Context, s *subject) error {
	if s.provider.Manifest().Capabilities.JIT && !s.readsProfiles() {
		return errors.New("jit is offered, but there is no Profile")
	}
	return nil
}
