package sdktest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/idplug/idplug/sdk"
)

// profileChecks say nothing of a provider that reads no profiles.
func profileChecks() []Check {
	checks := slices.Concat(factChecks(), strainChecks())
	for i, c := range checks {
		if i > 0 {
			checks[i].needs = checks[0].ID
		}
		checks[i].run = func(ctx context.Context, s *subject) error {
			if !s.readsProfiles() {
				return skipped("the provider reads no profiles")
			}
			return c.run(ctx, s)
		}
	}
	return checks
}

// factChecks are about what is read from an assertion.
func factChecks() []Check {
	return []Check{
		{
			ID: "profile.answers", Rule: "An assertion as the hints describe it gets an answer within 2 s.",
			Fix: "Return a profile, with a Problem in it where something is wrong; an error says that no answer could be given at all.", run: checkAnswers,
		},
		{
			ID: "profile.examples", Rule: "An assertion made of the hints' own examples gets an answer: the host rehearses with it before a plugin serves.",
			Fix: "Correct the examples of the hints, or Profile, so that they go together.", run: checkExamples,
		},
		{
			ID: "profile.provenance", Rule: "Every value follows from the attribute it names, by the operation it names; e-mail and subject are no part of a list.",
			Fix: "Take values by Attributes.First, All and FirstAddress and change them by Trim, Lower and Split only; never set the fields of a Value yourself.",
			run: checkProvenance,
		},
		{
			ID: "profile.problems", Rule: "A problem has a known severity, a stable code, a summary, and where it is an error a fix.",
			Fix: "Correct the problem that is named; an administrator reads its summary and fix as they are.", run: checkProfileProblems,
		},
		{
			ID: "profile.hints", Rule: "An attribute of the manifest's hints is read into the field it is hinted for.",
			Fix: "Read the attribute in Profile, or take the hint out of the manifest.", run: checkHints,
		},
		{
			ID: "profile.missing", Rule: "An assertion that lacks attributes, or everything, gets an answer.",
			Fix: "Take attributes by name, never by index; a value that is not there is the zero Value.", run: answered(missing),
		},
		{
			ID: "profile.empty", Rule: "Attributes without a value, or with blank ones, give no fact.",
			Fix: "Take values by Attributes.First and All, which pass over blank ones.", run: checkEmpty,
		},
		{
			ID: "profile.multivalued", Rule: "Of an attribute with many values one is chosen, and all groups are kept.",
			Fix: "Take groups by Attributes.All or FirstList.", run: checkMultivalued,
		},
		{
			ID: "profile.unicode", Rule: "Names in any script come through unharmed.",
			Fix: "Do not cut, fold or re-encode a name; the host shortens what is too long.", run: checkUnicode,
		},
	}
}

// strainChecks are about what much, odd or hurried asking does.
func strainChecks() []Check {
	return []Check{
		{
			ID: "profile.groups_1000", Rule: "A thousand groups are read in time, or said to be unknown.",
			Fix: "Keep every group; where the provider left some out, set GroupsUnknown.", run: checkGroups(1000),
		},
		{
			ID: "profile.groups_10000", Rule: "Ten thousand groups are read in time, or said to be unknown.",
			Fix: "Keep every group, and look at each only once: a search through all of them for each takes a hundred million steps.", run: checkGroups(10_000),
		},
		{
			ID: "profile.hostile", Rule: "Values made to break something get an answer.",
			Fix: "Treat a value as text and nothing else: no index into it, no format, no parser that panics.", run: answered(hostile),
		},
		{
			ID: "profile.transient", Rule: "A transient NameID is nobody's identifier.",
			Fix: "Take the subject by ProfileRequest.Subject, which leaves a transient NameID out.", run: checkTransient,
		},
		{
			ID: "profile.log", Rule: "No value of an attribute and no NameID reaches the log.",
			Fix: "Log requests, attributes and values whole, which print themselves as ***; never the Text or Values in them.", run: checkLog,
		},
		{
			ID: "profile.pure", Rule: "Sixteen callers at once get the answers that one gets.",
			Fix: "Keep nothing between calls, iterate over no map to build an answer, and run the tests with -race.", run: checkProfilePure,
		},
		{
			ID: "profile.deadline", Rule: "A call whose time is over returns.",
			Fix: "Pass the context on to whatever may wait, and look at it in long loops.", run: checkDeadline,
		},
	}
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

func checkAnswers(ctx context.Context, s *subject) error {
	_, err := s.profile(ctx, person(s.provider.Manifest(), 1))
	return err
}

func checkExamples(ctx context.Context, s *subject) error {
	r, told := examples(s.provider.Manifest())
	if !told {
		return skipped("no hint has an example")
	}
	_, err := s.profile(ctx, r)
	return err
}

// answered holds a provider to an answer of any kind.
func answered(ask func(sdk.Manifest) []question) func(context.Context, *subject) error {
	return func(ctx context.Context, s *subject) error {
		var errs []error
		for _, q := range ask(s.provider.Manifest()) {
			_, err := s.profile(ctx, q.request)
			errs = append(errs, named(q.name, err))
		}
		return errors.Join(errs...)
	}
}

// everyAnswer holds the answers to all questions to a rule. Those that get none are another check's.
func (s *subject) everyAnswer(ctx context.Context, rule func(*sdk.Profile, *sdk.ProfileRequest) error) error {
	var errs []error
	for _, q := range questions(s.provider.Manifest()) {
		if p, err := s.profile(ctx, q.request); err == nil {
			errs = append(errs, named(q.name, rule(p, &q.request)))
		}
	}
	return errors.Join(errs...)
}

func checkProvenance(ctx context.Context, s *subject) error { return s.everyAnswer(ctx, prove) }

func checkProfileProblems(ctx context.Context, s *subject) error {
	return s.everyAnswer(ctx, func(p *sdk.Profile, _ *sdk.ProfileRequest) error { return checkProblems(p.Problems) })
}

// checkHints gives each hinted attribute alone, so that hints which name alternatives each get their turn.
func checkHints(ctx context.Context, s *subject) error {
	var errs []error
	for _, h := range s.provider.Manifest().AttributeHints {
		p, err := s.profile(ctx, person(sdk.Manifest{AttributeHints: []sdk.AttributeHint{h}}, 1))
		if err == nil {
			if values := field(p, h.For); len(values) == 0 || values[0].From != h.Name {
				err = fmt.Errorf("not read into %s", h.For)
			}
		}
		errs = append(errs, named(h.Name, err))
	}
	return errors.Join(errs...)
}

func checkEmpty(ctx context.Context, s *subject) error {
	var errs []error
	for _, q := range empty(s.provider.Manifest()) {
		p, err := s.profile(ctx, q.request)
		if err == nil && (p.GivenName.Text != "" || len(p.Groups) > 0) {
			err = errors.New("a fact came from nothing")
		}
		errs = append(errs, named(q.name, err))
	}
	return errors.Join(errs...)
}

func checkMultivalued(ctx context.Context, s *subject) error {
	m := s.provider.Manifest()
	p, err := s.profile(ctx, person(m, 3))
	if err != nil {
		return err
	}
	for _, h := range m.AttributeHints {
		if h.For == sdk.FieldGroups && len(p.Groups) < 3 && !p.GroupsUnknown {
			return fmt.Errorf("%d of 3 groups were kept", len(p.Groups))
		}
	}
	return nil
}

func checkUnicode(ctx context.Context, s *subject) error {
	var errs []error
	for _, q := range scripts(s.provider.Manifest()) {
		p, err := s.profile(ctx, q.request)
		if err == nil && p.GivenName.From != "" && fmt.Sprintf("%q", p.GivenName.Text) != q.name {
			err = fmt.Errorf("the given name became %q", p.GivenName.Text)
		}
		errs = append(errs, named(q.name, err))
	}
	return errors.Join(errs...)
}

func checkGroups(n int) func(context.Context, *subject) error {
	return func(ctx context.Context, s *subject) error {
		for _, h := range s.provider.Manifest().AttributeHints {
			if h.For != sdk.FieldGroups {
				continue
			}
			p, err := s.profile(ctx, person(sdk.Manifest{AttributeHints: []sdk.AttributeHint{h}}, n))
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

func checkTransient(ctx context.Context, s *subject) error {
	p, err := s.profile(ctx, transient().request)
	if err == nil && p.Subject.Text != "" {
		err = errors.New("the subject is an identifier that changes with every login")
	}
	return err
}

func checkLog(ctx context.Context, s *subject) error {
	const canary = "canary7f3a"
	for _, text := range []string{canary, canary + "@example.org", "<" + canary} {
		r := saying(s.provider.Manifest(), text)
		r.NameID.Value = text
		if _, err := s.profile(ctx, r); err != nil {
			return err
		}
	}
	if said := strings.ToLower(s.log()); strings.Contains(said, canary) {
		return errors.New("a value was logged, which " + canary + " stood for here: " + lineWith(said, canary))
	}
	return nil
}

func lineWith(text, word string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			return clip(strings.TrimSpace(line), 200)
		}
	}
	return ""
}

func checkProfilePure(ctx context.Context, s *subject) error {
	r := person(s.provider.Manifest(), 40)
	first, err := s.profile(ctx, r)
	if err != nil {
		return err
	}
	return together(func() error {
		again, err := s.profile(ctx, r)
		if err == nil && !reflect.DeepEqual(first, again) {
			err = errors.New("two answers to one question differ")
		}
		return err
	})
}

func checkDeadline(ctx context.Context, s *subject) error {
	r := person(s.provider.Manifest(), 1000)
	short, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	done := make(chan struct{})
	go func() {
		_, _ = s.provider.(sdk.Provisioner).Profile(short, &r) // an answer in time is as good as an error
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(profileTimeout):
		return errors.New("the call did not return")
	}
}
