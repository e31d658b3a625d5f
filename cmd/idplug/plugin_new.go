package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/idplug/idplug/core/sso"
)

// sdkModule is the module that holds the SDK: ours.
const sdkModule = "github.com/idplug/idplug"

// goVersion is the language that a new module asks for; go mod tidy raises it to what the SDK needs.
const goVersion = "1.26"

// newPlugin is what the command line says of a new plugin.
type newPlugin struct{ module, dir, name, sdk string }

func (a *app) pluginNew() *cobra.Command {
	var o newPlugin
	c := &cobra.Command{
		Use:   "new KEY",
		Short: "Write the module of a new provider plugin: it builds, and its tests pass, before the first edit",
		Long: `Write the module of a new provider plugin: code, tests, fixtures to replace, README, Makefile and a workflow for continuous
integration. It builds and its tests pass before the first edit; needs Go.

The key names the provider for ever: 2 to 40 lower-case letters, digits and hyphens, a letter first. The folder must be absent or empty; if anything
goes wrong nothing is left behind. An idplug that was built from a working copy has no released SDK to go with it: --sdk names that copy's folder,
and go.mod then takes the SDK from there.`,
		Example: "  idplug plugin new acme --module github.com/acme/idplug-provider-acme",
		Args:    exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			s, dir, err := o.plan(args[0])
			if err != nil {
				return err
			}
			files, err := s.write(dir, func(half string) error {
				_, _ = fmt.Fprintln(a.stderr, "go mod tidy (takes modules from the cache, and downloads what is missing)")
				return tidy(c.Context(), half)
			})
			if err != nil {
				return err
			}
			return a.print(map[string]any{
				"key": s.Key, "module": s.Module, "dir": dir, "files": append(files, "go.sum"), "sdk": s.SDKVersion, "sdk_path": s.SDKPath,
			}, func(w io.Writer) { s.next(w, dir) })
		},
	}
	c.Flags().StringVar(&o.module, "module", "", "path of the Go module (default github.com/KEY/idplug-provider-KEY)")
	c.Flags().StringVar(&o.dir, "dir", "", "folder to write (default ./idplug-provider-KEY)")
	c.Flags().StringVar(&o.name, "name", "", "the provider's name as people say it (default: made of the key)")
	c.Flags().StringVar(&o.sdk, "sdk", "", "folder of an idplug source tree to take the SDK from, until it is released")
	return c
}

var moduleForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9._~-]+)*$`)

// plan judges the command line and returns what to write where.
func (o newPlugin) plan(key string) (scaffold, string, error) {
	s := scaffold{Key: key, Name: o.name, Module: o.module, Go: goVersion, SDK: sdkModule}
	if !sso.ProviderKey(key).Valid() {
		return s, "", fmt.Errorf("%w: %q is no key: 2 to 40 lower-case letters, digits and hyphens, a letter first, such as acme or acme-cloud", errUsage, key)
	}
	if s.Name == "" {
		s.Name = title(key)
	}
	if s.Module == "" {
		s.Module = "github.com/" + key + "/idplug-provider-" + key
	}
	if !moduleForm.MatchString(s.Module) {
		return s, "", fmt.Errorf("%w: --module %q is no module path: write it as %s", errUsage, s.Module, "github.com/acme/idplug-provider-"+key)
	}
	if strings.ContainsFunc(s.Name, func(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune("\"\\`{}", r) }) {
		return s, "", fmt.Errorf("%w: --name %q: leave out quotes, backslashes and braces", errUsage, s.Name)
	}
	dir := o.dir
	if dir == "" {
		dir = "idplug-provider-" + key
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return s, "", fmt.Errorf("plugin new: %w", err)
	}
	if err := vacant(dir); err != nil {
		return s, "", err
	}
	return s, dir, o.chooseSDK(&s, dir)
}

// vacant refuses a folder that holds anything: nothing is ever overwritten.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("plugin new: %s is no folder that can be read: choose another with --dir", dir)
	case len(entries) > 0:
		return fmt.Errorf("plugin new: %s is not empty: choose another folder with --dir, or remove it", dir)
	}
	return nil
}

// chooseSDK says where the SDK comes from: a folder that was named, else the release that this very program is.
func (o newPlugin) chooseSDK(s *scaffold, dir string) error {
	if o.sdk == "" {
		if s.SDKVersion = releasedVersion(); s.SDKVersion != "" {
			return nil
		}
		return fmt.Errorf("%w: this idplug was built from a working copy, so no released SDK goes with it: add --sdk and the folder of that copy "+
			"(go.mod then says: replace %s => FOLDER)", errUsage, sdkModule)
	}
	head, err := os.ReadFile(filepath.Join(o.sdk, "go.mod"))
	if first, _, _ := strings.Cut(string(head), "\n"); err != nil || strings.TrimSpace(first) != "module "+sdkModule {
		return fmt.Errorf("%w: --sdk %s is not the root of an idplug source tree: its go.mod must begin with \"module %s\"", errUsage, o.sdk, sdkModule)
	}
	s.SDKVersion, s.SDKPath = noVersion, filepath.Clean(o.sdk)
	if filepath.IsAbs(s.SDKPath) {
		return nil
	}
	there, err := filepath.Abs(s.SDKPath)
	if err != nil {
		return fmt.Errorf("plugin new: %w", err)
	}
	if s.SDKPath, err = filepath.Rel(dir, there); err != nil {
		return fmt.Errorf("plugin new: %w", err)
	}
	return nil
}

// releasedVersion is the version of the module that this program was installed from, "" when it was built from a working copy.
func releasedVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Path != sdkModule || info.Main.Sum == "" { // only what was downloaded has a sum
		return ""
	}
	return info.Main.Version
}

// next tells what to do with the new module.
func (s scaffold) next(w io.Writer, dir string) {
	_, _ = fmt.Fprintf(w, "made the module %s\n", s.Module)
	if s.SDKPath != "" {
		_, _ = fmt.Fprintf(w, `
The SDK is not released, so go.mod says: replace %s => %s
When it is:  go mod edit -dropreplace %[1]s && go get %[1]s@latest && go mod tidy
`, s.SDK, s.SDKPath)
	}
	shown := dir
	if here, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(here, dir); err == nil && !strings.HasPrefix(rel, "..") {
			shown = rel
		}
	}
	_, _ = fmt.Fprintf(w, `
Next:
  cd %s
  make test     # passes before the first edit
  make check    # builds the plugin and holds it to idplug's rules
  make dev      # runs idplug with it, rebuilt whenever you save
`, shown)
}

// title makes a name of a key: "acme-cloud" is "Acme Cloud".
func title(key string) string {
	words := strings.FieldsFunc(key, func(r rune) bool { return r == '-' })
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}
