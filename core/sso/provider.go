package sso

import "context"

// Provider is the port to one identity provider's plugin. Every answer is advice: the host reads metadata, verifies assertions and
// recomputes profile values itself.
type Provider interface {
	// Manifest is what the plugin said of itself when it started; no call is made.
	Manifest() Manifest
	// Metadata advises on a document: which entity is ours, what is odd, what requests should ask for. An error means no answer.
	Metadata(ctx context.Context, q MetadataQuery) (MetadataAdvice, error)
	// Profile reads a verified assertion. Its values are proven to follow from the assertion before they are returned; else the error has
	// code [PluginUnprovenValue]. An error with code [ProviderUnavailable] means that the plugin is down.
	Profile(ctx context.Context, a Assertion) (Profile, error)
}

// Manifest describes a provider to administrators.
type Manifest struct {
	Key          ProviderKey
	Name         string // "Google Workspace"
	Version      string // semantic version of the plugin
	Vendor       string
	Capabilities Capabilities
	// MetadataHelp is the sentence an administrator needs where a metadata URL is refused.
	MetadataHelp   string
	Guide          []GuideStep
	AttributeHints []AttributeHint
}

// Capabilities are what a provider can do.
type Capabilities struct {
	MetadataURL bool // metadata can be fetched from a URL
	JIT         bool // users may be created at their first login
	Profile     bool // profiles can be read, for linking known users at least
	ForceAuthn  bool // ForceAuthn is known to be honoured
}

// GuideStep is one numbered step of the set-up guide. Text may hold the placeholders {acs_url}, {entity_id}, {metadata_url}, {login_url}.
type GuideStep struct{ Title, Text string }

// AttributeHint is a SAML Attribute that people of this provider usually have.
type AttributeHint struct {
	Name    string // the attribute's Name
	Label   string // how the provider's console calls it
	For     string // "email", "groups", …
	Example string
}

// MetadataQuery asks a plugin about a document.
type MetadataQuery struct {
	Document  []byte // empty when a fetch brought nothing and the question is what is wrong with the URL
	SourceURL string // "" for a pasted document
	EntityID  string // the administrator's choice among several, "" for none
}

// MetadataAdvice is a plugin's view of a document.
type MetadataAdvice struct {
	EntityID string // which entity is ours, "" when there is only one or none is
	Problems Problems
	Request  RequestHints
}

// RequestHints say what an authentication request to this provider should ask for.
type RequestHints struct {
	NameIDFormat  string   // NameIDPolicy Format, "" to leave it out
	AuthnContexts []string // RequestedAuthnContext class references, empty to leave it out
	Sign          bool     // sign requests even if the metadata does not ask
}
