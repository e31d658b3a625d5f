package sdk

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
)

// Manifest says who a plugin is and what administrators need to know of its provider. Its JSON form is what the binary prints for --describe.
type Manifest struct {
	Key            string          `json:"key"`     // [a-z][a-z0-9-]{1,39}, the end of the binary's name: idplug-provider-<key>
	Name           string          `json:"name"`    // as people call the provider: "Google Workspace"
	Version        string          `json:"version"` // semantic version of the plugin, without a v
	Vendor         string          `json:"vendor"`
	Homepage       string          `json:"homepage,omitempty"` // http or https
	Capabilities   Capabilities    `json:"capabilities"`
	MetadataHelp   string          `json:"metadata_help,omitempty"` // the sentence an administrator needs where a metadata URL is refused
	Guide          []GuideStep     `json:"guide"`
	AttributeHints []AttributeHint `json:"attribute_hints"`
}

// Capabilities are a provider's abilities beyond signing people in.
type Capabilities struct {
	MetadataURL bool `json:"metadata_url"` // publishes metadata at an address that needs no login
	JIT         bool `json:"jit"`          // may create users at their first login; needs a Provisioner
	ForceAuthn  bool `json:"force_authn"`  // known to honour ForceAuthn in a request (SAML Core 3.4.1)
}

// GuideStep is one numbered step of the set-up guide, in the words of the provider's console. Text may hold [Placeholders]; the console shows them
// filled in.
type GuideStep struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// AttributeHint is an attribute that people of this provider usually have, offered where mappings are entered.
type AttributeHint struct {
	Name    string       `json:"name"`  // the attribute's Name in the assertion
	Label   string       `json:"label"` // what the provider's console calls it
	For     ProfileField `json:"for"`
	Example string       `json:"example,omitempty"`
}

// Placeholders are the words in braces that a guide may use: the addresses of this tenant's service provider.
func Placeholders() []string {
	return []string{"{acs_url}", "{entity_id}", "{metadata_url}", "{login_url}"}
}

var (
	keyForm     = regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`)
	versionForm = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)` + // as semver.org gives it
		`(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$`)
	bracedForm = regexp.MustCompile(`\{[a-z_]+\}`)
)

// Check returns everything that is wrong with the manifest, joined; nil when the host will take it. Whether JIT has its Provisioner is not seen
// from here.
func (m Manifest) Check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !keyForm.MatchString(m.Key) {
		wrong("key: %q is not of the form %s", m.Key, keyForm)
	}
	if m.Name == "" {
		wrong("name: empty")
	}
	if !versionForm.MatchString(m.Version) {
		wrong("version: %q is no semantic version (1.2.3)", m.Version)
	}
	if m.Vendor == "" {
		wrong("vendor: empty")
	}
	if u, err := url.Parse(m.Homepage); err != nil || m.Homepage != "" && (u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		wrong("homepage: %q is no web address", m.Homepage)
	}
	if !m.Capabilities.MetadataURL && m.MetadataHelp == "" {
		wrong("metadata_help: empty, although no metadata URL is taken: say what to do instead")
	}
	for i, s := range m.Guide {
		errs = append(errs, s.check(i))
	}
	for i, h := range m.AttributeHints {
		errs = append(errs, h.check(i))
	}
	return errors.Join(errs...)
}

func (s GuideStep) check(i int) error {
	if s.Title == "" || s.Text == "" {
		return fmt.Errorf("guide[%d]: title and text are both needed", i)
	}
	for _, word := range bracedForm.FindAllString(s.Text, -1) {
		if !slices.Contains(Placeholders(), word) {
			return fmt.Errorf("guide[%d]: %s is no placeholder: there are %v", i, word, Placeholders())
		}
	}
	return nil
}

func (h AttributeHint) check(i int) error {
	fields := []ProfileField{FieldSubject, FieldEmail, FieldGivenName, FieldFamilyName, FieldDisplayName, FieldGroups}
	switch {
	case h.Name == "" || h.Label == "":
		return fmt.Errorf("attribute_hints[%d]: name and label are both needed", i)
	case !slices.Contains(fields, h.For):
		return fmt.Errorf("attribute_hints[%d]: for: %q is none of %v", i, h.For, fields)
	}
	return nil
}
