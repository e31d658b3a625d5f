// Package sdk is the whole world of a vendor who teaches idplug an identity provider: the contract, in plain Go types, and nothing else.
//
// A plugin is a value that implements [Provider], and [Provisioner] if it can read profiles. It is pure: it gets bytes or already verified
// attributes and answers with typed values. It has no network, no disk, no secret and no state of its own; the host keeps all of those. The
// host asks the same question twice if it likes, and expects the same answer.
//
// A plugin chooses, it never invents: every value of a [Profile] names the verified attribute it was taken from and how ([Value]), and
// the host makes it again. [Attributes.First] and its companions make the right thing the short thing:
//
//	email := r.Attributes.First("email", "mail").Lower()
//
// A plugin's main is one statement, serve.Main(acme.Provider{}), from the package serve beside this one; its tests start with
// sdktest.Conformance.
//
// Anybody may import this package; it imports the standard library only. Within one major version it only grows: fields and types are added,
// none change meaning, and a zero field means what it meant before the field existed.
package sdk
