// Package pb is generated from sdk/proto by `buf generate`. Only the rooms below sdk may enter, and only sdk/wire does: everybody else speaks the
// plain types of package sdk.
package pb
