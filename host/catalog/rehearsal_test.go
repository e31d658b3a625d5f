package catalog

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/sdk"
)

// actor answers as a test says.
type actor struct {
	entity string
	email  sdk.Value
	err    error
}

func (actor) Manifest() sdk.Manifest { return sdk.Manifest{Version: "2.0.0"} }

func (a actor) Metadata(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	return &sdk.MetadataAdvice{EntityID: a.entity}, a.err
}

func (a actor) Profile(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	return &sdk.Profile{Email: a.email, Subject: r.NameID.AsValue()}, a.err
}

func TestANewVersionMustChooseTheSameEntity(t *testing.T) {
	x := fixture{EntityID: "https://idp.example.com", SourceURL: "https://idp.example.com/metadata", Document: []byte("<x/>")}
	require.NoError(t, (&instance{provider: actor{entity: x.EntityID}}).replay(t.Context(), x))
	require.ErrorContains(t, (&instance{provider: actor{entity: "https://other.example.com"}}).replay(t.Context(), x), `it chooses the entity "https://other.example.com"`)
	require.ErrorContains(t, (&instance{provider: actor{err: errors.New("no answer")}}).replay(t.Context(), x), "no answer")
	require.Equal(t, "from https://idp.example.com/metadata, entity https://idp.example.com", x.title())
}

func TestANewVersionMustProveWhatItSaysOfTheExample(t *testing.T) {
	person := example(sso.Manifest{AttributeHints: []sso.AttributeHint{
		{Name: "mail", For: "email"}, {Name: "dept", For: "groups", Example: "Sales"}, {Name: "mail", For: "subject"},
	}})
	require.Equal(t, sso.Attributes{{Name: "mail", Values: []string{"person@example.org"}}, {Name: "dept", Values: []string{"Sales"}}}, person.Attributes)
	profile, err := (&instance{provider: actor{email: sdk.Value{Text: "person@example.org", From: "mail", Op: sdk.OpAsIs}}}).introduce(t.Context(), person)
	require.NoError(t, err)
	require.Equal(t, "person@example.org", profile.Email.Text)
	_, err = (&instance{provider: actor{email: sdk.Value{Text: "root@example.org", From: "mail", Op: sdk.OpAsIs}}}).introduce(t.Context(), person)
	require.ErrorContains(t, err, "email does not follow")
	_, err = (&instance{provider: actor{err: errors.New("no answer")}}).introduce(t.Context(), person)
	require.Error(t, err)
	require.Equal(t, []string{"email", "groups"}, differences(profile, sso.Profile{Subject: profile.Subject, GroupsUnknown: true}))
	require.Empty(t, differences(profile, profile))
}

// document is the metadata of an identity provider.
func document(entity, inside string) []byte {
	return []byte(`<?xml version="1.0"?><!-- ours --><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="` + entity + `">
	<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
	<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="` + entity + `/sso"/></md:IDPSSODescriptor>` +
		inside + `</md:EntityDescriptor>
`)
}

const contact = `<md:ContactPerson contactType="technical"><md:GivenName>Ada</md:GivenName><md:EmailAddress>mailto:ada@example.com</md:EmailAddress></md:ContactPerson>`

func TestWhatIsRecordedOfMetadata(t *testing.T) {
	f, err := openFixtures(t.TempDir(), slog.New(slog.DiscardHandler), time.Now)
	require.NoError(t, err)
	const entity = "https://idp.example.com"
	query := sso.MetadataQuery{Document: document(entity, contact+"<md:Organization/>"+contact), SourceURL: "https://ada:secret@idp.example.com/m?token=secret#x"}
	f.record("one", query, sso.MetadataAdvice{EntityID: entity})
	kept := f.of("one")
	require.Len(t, kept, 1)
	require.Equal(t, "https://idp.example.com/m", kept[0].SourceURL)
	require.Equal(t, string(document(entity, "<md:Organization/>")), string(kept[0].Document), "its contact persons are nobody's business")
	info, err := os.Stat(kept[0].name)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	for name, c := range map[string]struct {
		document []byte
		advice   sso.MetadataAdvice
	}{
		"what the plugin finds wrong": {document("a", ""), sso.MetadataAdvice{Problems: sso.Problems{{Severity: sso.Failure, Code: "x"}}}},
		"what is no metadata":         {[]byte("<x/>"), sso.MetadataAdvice{}},
		"what is large":               {document("a", strings.Repeat("<x/>", maxFixture)), sso.MetadataAdvice{}},
		"what does not hold the ID":   {document("a", ""), sso.MetadataAdvice{EntityID: "b"}},
		"what breaks off":             {document("a", contact)[:500], sso.MetadataAdvice{}},
		"nothing":                     {nil, sso.MetadataAdvice{}},
	} {
		f.record("two", sso.MetadataQuery{Document: c.document}, c.advice)
		require.Empty(t, f.of("two"), name)
	}
	(*fixtures)(nil).record("two", query, sso.MetadataAdvice{})
}

func TestTheLastEightDocumentsAreKeptEachOnce(t *testing.T) {
	f, err := openFixtures(t.TempDir(), slog.New(slog.DiscardHandler), time.Now)
	require.NoError(t, err)
	record := func(entity string) {
		f.record("one", sso.MetadataQuery{Document: document(entity, "")}, sso.MetadataAdvice{EntityID: entity})
	}
	for n := range strings.SplitSeq("abcdefghij", "") {
		record(n)
		record("j")
	}
	var entities []string
	for _, x := range f.of("one") {
		entities = append(entities, x.EntityID)
	}
	require.Len(t, entities, maxFixtures)
	require.Contains(t, entities, "i")
	require.Contains(t, entities, "j", "what comes again is not old")
	require.NotContains(t, entities, "a")
	require.NoError(t, os.WriteFile(filepath.Join(f.dir, "one", "broken.json"), []byte("{"), 0o600))
	require.Len(t, f.of("one"), maxFixtures-1, "a file that cannot be read is none")
}
