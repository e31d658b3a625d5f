package sdktest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/idplug/idplug/sdk"
)

// profileChecks pass for a provider that reads no profiles.
func profileChecks() []Check {
	checks := []Check{
		{"profile.hints", "An attribute of the manifest's hints is read into the field it is hinted for.", checkHints},
		{"profile.missing", "An assertion that lacks attributes, or everything, gets an answer.", checkMissing},
		{"profile.empty", "Attributes without a value, or with blank ones, give no fact.", checkEmpty},
		{"profile.multivalued", "Of an attribute with many values one is chosen, and all groups are kept.", checkMultivalued},
		{"profile.unicode", "Names and groups in any script come through unharmed.", checkUnicode},
		{"profile.groups_1000", "A thousand groups are read in time, or said to be unknown.", checkGroups(1000)},
		{"profile.groups_10000", "Ten thousand groups are read in time, or said to be unknown.", checkGroups(10_000)},
		{"profile.hostile", "Values made to break something get an answer that still proves itself.", checkHostile},
		{"profile.transient", "A transient NameID is nobody's identifier.", checkTransient},
		{"profile.log", "No value of an attribute and no NameID reaches the log.", checkLog},
		{"profile.pure", "Sixteen callers at once get the answers that one gets.", checkProfilePure},
		{"profile.deadline", "A call whose time is over returns.", checkDeadline},
	}
	for i, c := range checks {
		checks[i].Run = func(ctx context.Context, s Subject) error {
			if _, reads := s.Provider.(sdk.Provisioner); !reads {
				return nil
			}
			return c.Run(ctx, s)
		}
	}
	return checks
}

// ask calls Profile and holds the answer to what is true of every answer.
func ask(ctx context.Context, s Subject, r sdk.ProfileRequest) (*sdk.Profile, error) {
	p, err := profile(ctx, s, r)
	if err != nil {
		return nil, err
	}
	return p, errors.Join(checkProvenance(p, &r), checkProblems(p.Problems))
}

// person is an assertion as the provider's own hints describe it, each attribute with n values.
func person(m sdk.Manifest, n int) sdk.ProfileRequest {
	r := sdk.ProfileRequest{IDPEntityID: "https://idp.example.org", NameID: sdk.NameID{Value: "u-1", Format: sdk.NameIDPersistent}}
	for _, h := range m.AttributeHints {
		a := sdk.Attribute{Name: h.Name}
		for i := range n {
			text := fmt.Sprintf("%s %d", h.For, i)
			if h.For == sdk.FieldEmail {
				text = fmt.Sprintf("person%d@example.org", i)
			}
			a.Values = append(a.Values, text)
		}
		r.Attributes = append(r.Attributes, a)
	}
	return r
}

func field(p *sdk.Profile, f sdk.ProfileField) []sdk.Value {
	switch f {
	case sdk.FieldSubject:
		return []sdk.Value{p.Subject}
	case sdk.FieldEmail:
		return []sdk.Value{p.Email}
	case sdk.FieldGivenName:
		return []sdk.Value{p.GivenName}
	case sdk.FieldFamilyName:
		return []sdk.Value{p.FamilyName}
	case sdk.FieldDisplayName:
		return []sdk.Value{p.DisplayName}
	case sdk.FieldGroups:
		return p.Groups
	}
	return nil
}

// checkHints gives each hinted attribute alone, so that hints which name alternatives each get their turn.
func checkHints(ctx context.Context, s Subject) error {
	var errs []error
	m := s.Provider.Manifest()
	for _, h := range m.AttributeHints {
		alone := m
		alone.AttributeHints = []sdk.AttributeHint{h}
		p, err := ask(ctx, s, person(alone, 1))
		if err == nil {
			if values := field(p, h.For); len(values) == 0 || values[0].From != h.Name {
				err = fmt.Errorf("not read into %s", h.For)
			}
		}
		errs = append(errs, named(h.Name, err))
	}
	return errors.Join(errs...)
}

func checkMissing(ctx context.Context, s Subject) error {
	all := person(s.Provider.Manifest(), 1)
	_, err := ask(ctx, s, sdk.ProfileRequest{})
	errs := []error{named("nothing at all", err)}
	for i, a := range all.Attributes {
		r := all
		r.Attributes = append(append(sdk.Attributes{}, all.Attributes[:i]...), all.Attributes[i+1:]...)
		_, err := ask(ctx, s, r)
		errs = append(errs, named("without "+a.Name, err))
	}
	return errors.Join(errs...)
}

func checkEmpty(ctx context.Context, s Subject) error {
	var errs []error
	for name, values := range map[string][]string{"no value": nil, "an empty value": {""}, "blank values": {" ", "\u00a0\t\n"}} {
		r := person(s.Provider.Manifest(), 0)
		for i := range r.Attributes {
			r.Attributes[i].Values = values
		}
		p, err := ask(ctx, s, r)
		if err == nil && (p.GivenName.Text != "" || len(p.Groups) > 0) {
			err = errors.New("a fact came from nothing")
		}
		errs = append(errs, named(name, err))
	}
	return errors.Join(errs...)
}

func checkMultivalued(ctx context.Context, s Subject) error {
	r := person(s.Provider.Manifest(), 3)
	p, err := ask(ctx, s, r)
	if err != nil {
		return err
	}
	for _, h := range s.Provider.Manifest().AttributeHints {
		if h.For == sdk.FieldGroups && len(p.Groups) < 3 {
			return fmt.Errorf("%d of 3 groups were kept", len(p.Groups))
		}
	}
	return nil
}

func checkUnicode(ctx context.Context, s Subject) error {
	var errs []error
	for _, text := range []string{"Åsa-Ñandú", "Zoe\u0308", "李小龍", "عبد الله", "👩‍👩‍👧 Nguyễn", "İstanbul ẞ"} {
		r := person(s.Provider.Manifest(), 1)
		for i := range r.Attributes {
			r.Attributes[i].Values[0] = text
		}
		p, err := ask(ctx, s, r)
		if err == nil && p.GivenName.From != "" && p.GivenName.Text != text {
			err = fmt.Errorf("given name: %q became %q", text, p.GivenName.Text)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func checkGroups(n int) func(context.Context, Subject) error {
	return func(ctx context.Context, s Subject) error {
		for _, h := range s.Provider.Manifest().AttributeHints {
			if h.For != sdk.FieldGroups {
				continue
			}
			m := sdk.Manifest{AttributeHints: []sdk.AttributeHint{h}}
			p, err := ask(ctx, s, person(m, n))
			if err == nil && len(p.Groups) != n && !p.GroupsUnknown {
				err = fmt.Errorf("%d of %d groups were read, and nothing said of the rest", len(p.Groups), n)
			}
			if err != nil {
				return named(h.Name, err)
			}
		}
		return nil
	}
}

func checkHostile(ctx context.Context, s Subject) error {
	var errs []error
	for name, text := range map[string]string{
		"long":              strings.Repeat("a", 64<<10),
		"only separators":   ",;,;,;",
		"control":           "a\x01\x7f\r\nb",
		"direction":         "\u202eadmin\u2066",
		"no character":      "\ufffe\uffff",
		"format":            "%s%d%n{0}${x}{acs_url}",
		"markup":            `<script>alert(1)</script>`,
		"two addresses":     "a@example.org,b@example.org",
		"address in a name": `"Ada" <ada@example.org>`,
	} {
		r := person(s.Provider.Manifest(), 1)
		r.NameID.Value = text
		for i := range r.Attributes {
			r.Attributes[i].Values[0] = text
		}
		_, err := ask(ctx, s, r)
		errs = append(errs, named(name, err))
	}
	return errors.Join(errs...)
}

func checkTransient(ctx context.Context, s Subject) error {
	p, err := ask(ctx, s, sdk.ProfileRequest{NameID: sdk.NameID{Value: "_once", Format: sdk.NameIDTransient}})
	if err == nil && p.Subject.Text != "" {
		err = errors.New("the subject is an identifier that changes with every login")
	}
	return err
}

func checkLog(ctx context.Context, s Subject) error {
	if s.Log == nil {
		return nil
	}
	const canary = "canary7f3a"
	r := person(s.Provider.Manifest(), 1)
	for _, text := range []string{canary, canary + "@example.org", "<" + canary} {
		r.NameID.Value = text
		for i := range r.Attributes {
			r.Attributes[i].Values = []string{text}
		}
		if _, err := ask(ctx, s, r); err != nil {
			return err
		}
	}
	if strings.Contains(strings.ToLower(s.Log()), canary) {
		return errors.New("a value was logged")
	}
	return nil
}

func checkProfilePure(ctx context.Context, s Subject) error {
	r := person(s.Provider.Manifest(), 40)
	first, err := profile(ctx, s, r)
	if err != nil {
		return err
	}
	return together(func() error {
		again, err := profile(ctx, s, r)
		if err == nil && !reflect.DeepEqual(first, again) {
			err = errors.New("two answers to one question differ")
		}
		return err
	})
}

func checkDeadline(ctx context.Context, s Subject) error {
	r := person(s.Provider.Manifest(), 1000)
	short, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	done := make(chan struct{})
	go func() {
		_, _ = s.Provider.(sdk.Provisioner).Profile(short, &r) // an answer in time is as good as an error
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(profileTimeout):
		return errors.New("the call did not return")
	}
}
