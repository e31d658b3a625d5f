// Package devidp is an identity provider for development and tests. It signs people in on its own page and answers in the
// dialect of a real provider: that provider's metadata shape, paths, NameID, attribute names and signing habits, one file each.
//
// It is also the workshop where tests build SAML responses: [Response] is written and signed exactly as its fields say, right
// or wrong. Tests, cmd/devidp and the demo may import it; the product never does. It holds no secret worth keeping: anybody who
// reaches it may be anybody.
package devidp
