// Package signedxml reads XML that somebody signed.
//
// The bytes are scanned once into flat tables of nodes. Canonical form, digest, signature and every later question are
// answered from those same tables, so there is no second parser that could see another document than the one that was
// verified. The package knows XML 1.0, Namespaces, Canonical XML and XML Signature, and nothing of SAML; host/saml is
// its only caller. It uses the standard library alone: whoever wants to judge it can read all of it.
//
// Whatever a signed message has no business to hold (document types, comments, processing instructions, a prefix with
// two meanings) is refused by [Parse], and everything is linear in the size of the input.
package signedxml
