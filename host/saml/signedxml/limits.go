package signedxml

// Limits bound what [Parse] accepts and, with it, the work and memory anybody can make us spend. Each limit is the
// largest number that is still accepted.
type Limits struct {
	MaxBytes             int // of the document, as it comes
	MaxDepth             int // of open elements
	MaxElements          int // in the document
	MaxAttributes        int // per element, namespace declarations not counted
	MaxNamespaces        int // distinct prefixes, and distinct namespace URIs, in the document
	MaxElementNamespaces int // declarations on one element
	MaxNameBytes         int // of an element's or attribute's qualified name
	MaxURIBytes          int // of a namespace URI
	MaxIDBytes           int // of the value of an ID attribute

	// Lenient reads documents whose signature nobody looks at, such as metadata as it is found in the wild: comments and
	// processing instructions are skipped, a byte order mark, UTF-16 and ISO-8859-1 are understood, IDs are ordinary
	// attributes, prefixes may change their meaning and namespace URIs may be relative.
	// [Node.Signature] refuses a document read this way.
	Lenient bool
}

const (
	// defaultMaxBytes is some fifty times a usual response; 10,000 attribute values of about 50 bytes fit.
	defaultMaxBytes = 512 << 10
	// defaultMaxDepth: the deepest legal place of a SAML response (a RetrievalMethod's transform inside the KeyInfo of an
	// EncryptedKey inside an Advice) is under 20.
	defaultMaxDepth = 32
	// defaultMaxElements leaves room for 10,000 attribute values in a few thousand attributes.
	defaultMaxElements = 16 << 10
	// defaultMaxAttributes: the richest element of SAML, AuthnRequest, has 13. It also bounds the search for duplicates.
	defaultMaxAttributes = 32
	// defaultMaxNamespaces: real responses have six to ten. It bounds the search for a prefix.
	defaultMaxNamespaces = 32
	// defaultMaxElementNamespaces: serializers that hoist every declaration to the root put about ten there.
	defaultMaxElementNamespaces = 16
	// defaultMaxNameBytes: the longest name of SAML and its neighbours has under 60.
	defaultMaxNameBytes = 128
	// defaultMaxURIBytes: the longest namespace URI of SAML, WS-* and XML Encryption has under 90. Canonical form repeats
	// a URI on many elements, so that this limit bounds the growth of the canonical form too.
	defaultMaxURIBytes = 256
	// defaultMaxIDBytes is what SAML products store at most.
	defaultMaxIDBytes = 256
)

// DefaultLimits are those of a signed protocol message: 512 KiB, 32 levels, 16,384 elements.
func DefaultLimits() Limits {
	return Limits{
		MaxBytes:             defaultMaxBytes,
		MaxDepth:             defaultMaxDepth,
		MaxElements:          defaultMaxElements,
		MaxAttributes:        defaultMaxAttributes,
		MaxNamespaces:        defaultMaxNamespaces,
		MaxElementNamespaces: defaultMaxElementNamespaces,
		MaxNameBytes:         defaultMaxNameBytes,
		MaxURIBytes:          defaultMaxURIBytes,
		MaxIDBytes:           defaultMaxIDBytes,
	}
}

const (
	// metadataMaxBytes is what the guarded fetch reads at most.
	metadataMaxBytes = 2 << 20
	// metadataMaxElements: `<b/>` needs four bytes, real metadata about 60 per element; this lets any honest 2 MiB pass.
	metadataMaxElements = 128 << 10
	// metadataMaxNamespaces: an aggregate collects the habits of hundreds of federations' members.
	metadataMaxNamespaces = 256
)

// MetadataLimits are those of metadata from the wild: lenient, 2 MiB, 131,072 elements.
func MetadataLimits() Limits {
	l := DefaultLimits()
	l.MaxBytes = metadataMaxBytes
	l.MaxElements = metadataMaxElements
	l.MaxNamespaces = metadataMaxNamespaces
	l.MaxElementNamespaces = 2 * defaultMaxElementNamespaces
	l.MaxDepth = 2 * defaultMaxDepth
	l.Lenient = true
	return l
}
