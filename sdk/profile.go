package sdk

import "cmp"

// ProfileRequest holds what an assertion said, after the host verified it.
type ProfileRequest struct {
	IDPEntityID string // who issued the assertion
	NameID      NameID
	Attributes  Attributes
}

// Subject returns the first of these attributes that has a value, else the NameID unless it is transient, as it is: what a [Profile]'s Subject wants.
// It is the zero Value if there is neither.
func (r *ProfileRequest) Subject(names ...string) Value {
	id := r.Attributes.First(names...)
	if r.NameID.Transient() {
		return id
	}
	return cmp.Or(id, r.NameID.AsValue())
}

// Email returns the first e-mail address in these attributes, else the NameID if it is one, in lower case: what a [Profile]'s Email wants. It is the
// zero Value if there is none.
func (r *ProfileRequest) Email(names ...string) Value {
	return cmp.Or(r.Attributes.FirstAddress(names...), r.NameID.AsValue().Address()).Lower()
}

// Profile is what a provider's assertion says of a person. It decorates a new account and may point at an existing one by e-mail; the account of
// a linked person is found by the NameID that the host verified.
type Profile struct {
	Subject     Value // an identifier that is stable and never given to another person, exactly as it is (OpAsIs)
	Email       Value // never a part of a list ([Op.Splits])
	GivenName   Value
	FamilyName  Value
	DisplayName Value // only if the provider sends one; the host composes a name from the others
	Groups      []Value
	// GroupsUnknown says that the provider left groups out (Entra ID above 150), which is not the same as a person in no group: the host
	// then leaves roles alone.
	GroupsUnknown bool
	Problems      []Problem
}

// ProfileField names a field of a Profile, in attribute hints and problems.
type ProfileField string

// The fields of a profile.
const (
	FieldSubject     ProfileField = "subject"
	FieldEmail       ProfileField = "email"
	FieldGivenName   ProfileField = "given_name"
	FieldFamilyName  ProfileField = "family_name"
	FieldDisplayName ProfileField = "display_name"
	FieldGroups      ProfileField = "groups"
)
