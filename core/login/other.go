package login

import (
	"context"

	"github.com/idplug/idplug/core/sso"
)

// Other is a sound answer that opened nothing yet: the browser holds somebody else's session, and the person did not set out for this sign-in on a page
// of ours. A link or a form of any other site leads to a provider, which answers in silence; so that no such page swaps whom a browser is
// signed in as, the person is asked. A login that is [Begin.Chosen] is the answer yes.
type Other struct {
	Holder   sso.User // whose session the browser holds
	Arrived  sso.User // whom the provider names; perhaps nobody who exists yet
	ReturnTo string
}

// otherError takes the transaction back: until the person says so, nobody is created or linked either.
type otherError struct{ holder, arrived sso.User }

func (otherError) Error() string { return "login: the browser holds somebody else's session" }

// holders are the people whose sessions the browser holds. A login that was chosen asks for none of them.
func (s *Service) holders(ctx context.Context, a *attempt) ([]sso.User, error) {
	if a.Flow.Chosen {
		return nil, nil
	}
	var holders []sso.User
	for _, held := range a.Holds {
		session, user, err := s.Store.Session(ctx, held.Tenant, held.Hash)
		switch {
		case sso.CodeOf(err) == sso.NotFound:
		case err != nil:
			return nil, err
		case s.isOpen(session, user, a.now):
			holders = append(holders, user)
		}
	}
	return holders, nil
}

// replacesNobodyElse is nil when every session of the browser is the arrived person's own.
func (a *attempt) replacesNobodyElse(arrived sso.User) error {
	for _, holder := range a.holders {
		if holder.ID != arrived.ID { // IDs are random: nobody of another tenant has it
			return otherError{holder, arrived}
		}
	}
	return nil
}

// ask leaves the trace of an answer that waits for the person's word.
func (s *Service) ask(ctx context.Context, a *attempt, other otherError) Finished {
	a.step("session", sso.CorrOtherSession, "")
	s.leaveTrace(ctx, a.record(sso.Refused, sso.CorrOtherSession))
	return Finished{Other: &Other{Holder: other.holder, Arrived: other.arrived, ReturnTo: a.Flow.ReturnTo}}
}
