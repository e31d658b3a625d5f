package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/sdk"
)

// rehearse tries a new version before people depend on it: it must answer for every document that was recorded, in time and with the same entity,
// and make a profile of a made-up person whose values are proven. The very first version, of which nothing is recorded, is not tried.
func (l *life) rehearse(ctx context.Context, fresh *instance) error {
	recorded := l.fixtures.of(l.key)
	l.mu.Lock()
	old := l.unit.current
	l.mu.Unlock()
	if l.fixtures == nil || old == nil && len(recorded) == 0 {
		return nil
	}
	for _, x := range recorded {
		if err := fresh.replay(ctx, x); err != nil {
			return l.unfit(fresh, "recorded metadata "+x.title(), err, "if the answer is right now, forget the recording: rm "+quote(x.name)+"; idplug plugin restart "+string(l.key))
		}
	}
	person := example(fresh.manifest)
	profile, err := fresh.introduce(ctx, person)
	if err != nil {
		return l.unfit(fresh, "the example person of its manifest", err, fixBinary)
	}
	if old != nil {
		l.compare(ctx, old, profile, person)
	}
	return nil
}

// unfit is why a version is not put in charge.
func (l *life) unfit(fresh *instance, what string, err error, fix string) *fault {
	return &fault{refusal: refusal{printable(fmt.Sprintf("version %s fails the check with %s: %v", fresh.manifest.Version, what, err)), fix}}
}

// title tells fixtures apart for an operator.
func (x fixture) title() string {
	from := "pasted"
	if x.SourceURL != "" {
		from = "from " + x.SourceURL
	}
	if x.EntityID != "" {
		from += ", entity " + x.EntityID
	}
	return from
}

var errLate = errors.New("no answer in time")

// replay asks for a recorded document again.
func (i *instance) replay(ctx context.Context, x fixture) error {
	ctx, cancel := context.WithTimeout(ctx, metadataTimeout)
	defer cancel()
	advice, err := i.provider.Metadata(ctx, &sdk.MetadataRequest{Document: x.Document, SourceURL: x.SourceURL, EntityID: x.Asked})
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errLate
	case err != nil:
		return err
	case adviceOf(advice).EntityID != x.EntityID:
		return fmt.Errorf("it chooses the entity %q, the version before chose %q", cut(advice.EntityID, maxWords), x.EntityID)
	}
	return nil
}

// introduce asks for the profile of a person.
func (i *instance) introduce(ctx context.Context, a sso.Assertion) (sso.Profile, error) {
	p, ok := i.provider.(sdk.Provisioner)
	if !ok {
		return sso.Profile{}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, profileTimeout)
	defer cancel()
	raw, err := p.Profile(ctx, requestOf(a))
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return sso.Profile{}, errLate
	case err != nil:
		return sso.Profile{}, err
	}
	profile := profileOf(raw)
	if name := profile.Unproven(a); name != "" {
		return sso.Profile{}, fmt.Errorf("its value for %s does not follow from the assertion", name)
	}
	return profile, nil
}

// compare logs what is different from the version before. That is often the very purpose of a new version.
func (l *life) compare(ctx context.Context, old *instance, now sso.Profile, person sso.Assertion) {
	v, ok := old.begin(false)
	if !ok {
		return
	}
	before, err := old.introduce(ctx, person)
	old.end(v, false)
	if err != nil {
		return
	}
	if fields := differences(before, now); len(fields) > 0 {
		l.log.Info("the new version makes another profile of the example person", "fields", strings.Join(fields, " "))
	}
}

func differences(a, b sso.Profile) (fields []string) {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"subject", a.Subject == b.Subject},
		{"email", a.Email == b.Email},
		{"given_name", a.GivenName == b.GivenName},
		{"family_name", a.FamilyName == b.FamilyName},
		{"display_name", a.DisplayName == b.DisplayName},
		{"groups", slices.Equal(a.Groups, b.Groups) && a.GroupsUnknown == b.GroupsUnknown},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// example is the assertion of a made-up person who has every attribute that a manifest speaks of.
func example(m sso.Manifest) sso.Assertion {
	a := sso.Assertion{IDPEntityID: "https://example.org/idp", NameID: sso.NameID{Value: "example-person", Format: sso.FormatPersistent}}
	seen := map[string]bool{}
	for _, h := range m.AttributeHints {
		if seen[h.Name] {
			continue
		}
		seen[h.Name] = true
		value := h.Example
		if value == "" {
			value = "example"
			if h.For == string(sdk.FieldEmail) {
				value = "person@example.org"
			}
		}
		a.Attributes = append(a.Attributes, sso.Attribute{Name: h.Name, Values: []string{value}})
	}
	return a
}
