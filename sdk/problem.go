package sdk

// Severity says what the host does about a [Problem].
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"   // it cannot work like this: the host refuses
	SeverityWarning Severity = "warning" // it works, and somebody should look at it
	SeverityInfo    Severity = "info"    // good to know
)

// Problem is something an administrator should know. Summary and Fix are shown as they are: plain sentences without markup, in the words of the
// provider's own console, at most 2 KiB each. They may name attributes, and never hold the value of one.
type Problem struct {
	Severity Severity `json:"severity"`
	Field    string   `json:"field,omitempty"` // metadata_url or metadata_xml in advice on metadata; a ProfileField in a profile
	Code     string   `json:"code"`            // stable, lower-case: "okta.api_url"
	Summary  string   `json:"summary"`         // what is the matter
	Fix      string   `json:"fix,omitempty"`   // what to do about it, and where
}

// Fields of the settings document that advice on metadata may point at.
const (
	FieldMetadataURL = "metadata_url"
	FieldMetadataXML = "metadata_xml"
)
