package sdktest

import (
	"errors"
	"fmt"

	"github.com/idplug/idplug/sdk"
)

// origin is what one value may be made from, and how.
type origin struct {
	from string
	op   sdk.Op
}

// prover knows every text that can be derived from a request, by origin; made on first use.
type prover struct {
	request *sdk.ProfileRequest
	texts   map[origin]map[string]bool
}

// prove holds every value of a profile to the host's rule: it follows from the attribute it names.
func prove(p *sdk.Profile, r *sdk.ProfileRequest) error {
	prove := prover{request: r, texts: map[origin]map[string]bool{}}
	errs := []error{
		named("subject", prove.single(p.Subject, p.Subject.Op == sdk.OpAsIs, "an identifier stays as it is")),
		named("email", prove.single(p.Email, !p.Email.Op.Splits(), "an address is no part of a list")),
		named("given_name", prove.single(p.GivenName, true, "")),
		named("family_name", prove.single(p.FamilyName, true, "")),
		named("display_name", prove.single(p.DisplayName, true, "")),
	}
	for i, g := range p.Groups {
		if err := prove.value(g); err != nil {
			errs = append(errs, named(fmt.Sprintf("groups[%d]", i), err))
			break // one of ten thousand is enough to read
		}
	}
	return errors.Join(errs...)
}

func (p prover) single(v sdk.Value, allowed bool, rule string) error {
	switch {
	case v == sdk.Value{}:
		return nil
	case !allowed:
		return errors.New(rule)
	}
	return p.value(v)
}

func (p prover) value(v sdk.Value) error {
	if v.Text == "" {
		return errors.New("a value without text: no fact is the zero Value")
	}
	o := origin{v.From, v.Op}
	if p.texts[o] == nil {
		p.texts[o] = p.derive(o)
	}
	if !p.texts[o][v.Text] {
		return fmt.Errorf("does not follow from attribute %q by %q", v.From, v.Op)
	}
	return nil
}

func (p prover) derive(o origin) map[string]bool {
	texts := map[string]bool{}
	add := func(source string) {
		for _, text := range o.op.Derive(source) {
			texts[text] = true
		}
	}
	if o.from == sdk.FromNameID {
		add(p.request.NameID.Value)
		return texts
	}
	for _, a := range p.request.Attributes {
		if a.Name == o.from {
			for _, source := range a.Values {
				add(source)
			}
		}
	}
	return texts
}
