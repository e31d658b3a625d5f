package signedxml

import "fmt"

// Codes of refusals. They are part of the product's contract: documented, counted and shown to operators.
const (
	CodeLimits        = "xml.limits"          // larger, deeper or wider than Limits allow
	CodeComment       = "xml.comment"         // a comment
	CodePI            = "xml.pi"              // a processing instruction
	CodeDoctype       = "xml.doctype"         // a document type declaration
	CodeNotSingleRoot = "xml.not_single_root" // no root, a second root, or text outside of the root
	CodeEncoding      = "xml.encoding"        // not UTF-8, not XML 1.0, a byte order mark, a character XML forbids
	CodeDupAttr       = "xml.dup_attr"        // an attribute or a namespace declaration twice on one element
	CodeBadID         = "xml.bad_id"          // an ID that is qualified, no NCName, too long or used twice
	CodeNamespace     = "xml.namespace"       // an undeclared, reserved or ambiguous prefix, or a relative namespace URI
	CodeMalformed     = "xml.malformed"       // not well-formed in any other way

	CodeSigMissing      = "sig.missing"       // no signature where one is needed; raised by the caller
	CodeSigMalformed    = "sig.malformed"     // a value that is no base64, is empty or has child elements
	CodeSigStructure    = "sig.structure"     // an element too many, too few or in the wrong place
	CodeSigReference    = "sig.reference"     // not exactly one reference to the ID of the signature's parent
	CodeSigTransform    = "sig.transform"     // a transform or canonicalization we do not perform
	CodeSigWeakAlg      = "sig.weak_alg"      // an algorithm, or a key for it, that is weak, unknown or of another kind
	CodeSigDigest       = "sig.digest"        // the signed element was changed
	CodeSigUntrustedKey = "sig.untrusted_key" // no trusted key verifies the signature
	CodeSigObject       = "sig.object"        // a ds:Object
	CodeSigC14N         = "sig.c14n"          // the canonical form is empty, far larger than the input or not defined
)

// Error is a refusal.
type Error struct {
	Code   string // one of the Code constants
	Detail string // for the login trace: names, algorithms and limits, never content of the document
}

func (e *Error) Error() string { return e.Code + ": " + e.Detail }

func refuse(code, format string, args ...any) error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}
