package sdk

// ProfileRequest holds what an assertion said, after the host verified it.
type ProfileRequest struct {
	IDPEntityID string // who issued the assertion
	NameID      NameID
	Attributes  Attributes
}

// Profile is what a provider's assertion says of a person. It decorates a new account and may point at an existing one by e-mail; the account of
// a linked person is found by the NameID that the host verified.
type Profile struct {
	Subject     Value // an identifier that is stable and never given to another person, exactly as it is (OpAsIs)
	Email       Value // never OpSplit
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
