package login

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// Ticket lets one browser start one test of a connection: a real sign-in at its provider that opens no session and changes nobody.
type Ticket struct {
	ID       string          `json:"id"`
	Tenant   sso.TenantID    `json:"t"`
	Provider sso.ProviderKey `json:"p"`
	// Session is the hash of the session that asked; the test belongs to it. "" for API tokens, which have no browser: whoever opens the ticket
	// first is the tester.
	Session string    `json:"s,omitempty"`
	Expires time.Time `json:"x"`
}

// TestRun marks a [Flow] as a test.
type TestRun struct {
	Session  string `json:"s,omitempty"` // as in the ticket
	Revision int64  `json:"r"`           // of the connection when the test was started
}

// Tested is the outcome of a test.
type Tested struct {
	Tenant   sso.TenantID
	Provider sso.ProviderKey
	Tester   sso.User // zero for a test that an API token asked for
	// Refusal is why a sign-in would be refused, nil when it would succeed.
	Refusal *sso.Error
	Steps   []sso.Step
	// Verified: the provider's answer was verified, so that Assertion counts.
	Verified  bool
	Assertion sso.Assertion
	Profile   *sso.Profile // what the plugin read, nil when it was not asked or gave no answer
	// Roles and Inboxes are what the mappings give to a new user, whether or not this one would be new.
	Roles, Inboxes sso.Resolution
	User           sso.User // whom a sign-in would find or create, as it would stand then; zero when nobody
	Created        bool
	Linked         bool
	// Works: the connection did its part, whatever became of the person. Its revision now counts as tested.
	Works    bool
	Warnings sso.Problems // of the connection
}

// Test gives a ticket for a test of a kept connection, active or not, whether SSO is on or off. p "" is the settings' own provider. What keeps the
// connection from carrying logins is named by an error with code [sso.Invalid].
func (s *Service) Test(ctx context.Context, by sso.Actor, t sso.TenantID, p sso.ProviderKey) (Ticket, error) {
	const op = "login.test"
	if err := by.MayAdminister(op, t); err != nil {
		return Ticket{}, err
	}
	target, err := s.testTarget(ctx, t, p)
	if err != nil {
		return Ticket{}, err
	}
	if err := testable(op, target); err != nil {
		return Ticket{}, err
	}
	return Ticket{
		ID: s.NewToken(), Tenant: t, Provider: target.Settings.Provider, Session: by.Session, Expires: s.Now().Add(FlowTTL),
	}, nil
}

// testTarget is the tenant as it would be with the connection of p in force.
func (s *Service) testTarget(ctx context.Context, t sso.TenantID, p sso.ProviderKey) (Target, error) {
	target, err := s.Store.Target(ctx, t)
	if err != nil {
		return Target{}, err
	}
	if p == "" {
		p = target.Settings.Provider
	}
	target.Settings.Provider, target.Connection = p, sso.Connection{}
	if p.Valid() {
		target.Connection, err = s.Store.Connection(ctx, t, p)
	}
	return target, err
}

func testable(op string, target Target) error {
	if target.Tenant.Disabled {
		return sso.Refuse(op, sso.TenantDisabled)
	}
	var ps sso.Problems
	switch {
	case target.Settings.Provider == "":
		ps.Add(sso.Failure, "provider", sso.ProviderRequired)
	case target.Connection.Revision == 0:
		ps.Add(sso.Failure, "provider", sso.MetadataMissing)
	default:
		ps = target.Connection.Missing()
	}
	if len(ps) > 0 {
		return sso.Refuse(op, sso.Invalid).With(ps)
	}
	return nil
}

// StartTest spends a ticket. session is the hash of the browser's own session, "" without one. [sso.LinkInvalid] for a ticket that was spent, has
// expired or is another session's.
func (s *Service) StartTest(ctx context.Context, k Ticket, session string) (Started, error) {
	const op = "login.test_start"
	if s.Now().After(k.Expires) || k.Session != "" && k.Session != session {
		return Started{}, sso.Refuse(op, sso.LinkInvalid)
	}
	if _, err := s.tester(ctx, k.Tenant, k.Session); err != nil {
		return Started{}, err
	}
	target, err := s.testTarget(ctx, k.Tenant, k.Provider)
	if err != nil {
		return Started{}, err
	}
	if err := testable(op, target); err != nil {
		return Started{}, err
	}
	err = s.Store.InTx(ctx, k.Tenant, func(tx Tx) error { return tx.UseOnce(ticketIssuer, k.ID, ticketIssuer+k.ID, k.Expires) })
	switch sso.CodeOf(err) {
	case "":
	case sso.ReplayAssertion, sso.ReplayRequest:
		return Started{}, sso.Refuse(op, sso.LinkInvalid)
	default:
		return Started{}, err
	}
	return s.start(ctx, target, Flow{ReturnTo: "/", Test: &TestRun{Session: k.Session, Revision: target.Connection.Revision}})
}

// ticketIssuer keeps tickets apart from assertions and requests in the memory of what was used: no XML ID begins like this.
const ticketIssuer = "#test:"

// tester is the administrator whose test it is; refused when their session has ended meanwhile or they no longer are one.
func (s *Service) tester(ctx context.Context, t sso.TenantID, session string) (sso.User, error) {
	const op = "login.tester"
	if session == "" {
		return sso.User{}, nil
	}
	open, user, err := s.Store.Session(ctx, t, session)
	switch {
	case err != nil && sso.CodeOf(err) != sso.NotFound:
		return sso.User{}, err
	case err != nil, !s.isOpen(open, user, s.Now()):
		return sso.User{}, sso.Refuse(op, sso.Unauthorized)
	case !user.IsAdministrator():
		return sso.User{}, sso.Refuse(op, sso.Forbidden)
	}
	return user, nil
}

// finishTest judges the answer to a test. It takes the road of a login as far as the session and undoes what that would have changed; what stays is
// the trace, the memory that the answer was used, and the mark of the connection.
func (s *Service) finishTest(ctx context.Context, a *attempt) (Finished, error) {
	run := a.Flow.Test
	out := Tested{Tenant: a.Tenant, Provider: a.Flow.Provider}
	var err error
	if out.Tester, err = s.tester(ctx, a.Tenant, run.Session); err != nil {
		return Finished{}, err
	}
	if a.target, err = s.testTarget(ctx, a.Tenant, a.Flow.Provider); err != nil {
		return Finished{}, err
	}
	if err = s.judgeTest(ctx, a, &out); err != nil {
		var refused bool
		if out.Refusal, refused = errors.AsType[*sso.Error](err); !refused {
			return Finished{}, err
		}
		a.fail(err)
	}
	out.Works = out.Verified && aboutThePerson(sso.CodeOf(err))
	if err := s.concludeTest(ctx, a, out, sso.CodeOf(err)); err != nil {
		return Finished{}, err
	}
	out.Steps, out.Assertion, out.Profile = a.steps, a.assertion, a.subject.profile
	out.Warnings = a.target.Connection.Warnings(a.now)
	return Finished{Tested: &out}, nil
}

// aboutThePerson reports whether a sign-in succeeds or is refused for what the person is here: then the connection did its part.
func aboutThePerson(code sso.Code) bool {
	return slices.Contains([]sso.Code{"", sso.UserUnknown, sso.UserDeactivated, sso.IdentityConflict, sso.NoRole, sso.EmailDomain}, code)
}

// concludeTest writes what stays of a test.
func (s *Service) concludeTest(ctx context.Context, a *attempt, out Tested, code sso.Code) error {
	record := a.record(sso.Tried, code)
	if out.Created {
		record.User = "" // nobody has that ID
	}
	if !out.Verified {
		s.leaveTrace(ctx, record)
		return nil
	}
	return s.Store.InTx(ctx, a.Tenant, func(tx Tx) error {
		if err := tx.UseOnce(a.assertion.IDPEntityID, a.assertion.ID, a.assertion.InResponseTo, a.assertion.NotOnOrAfter); err != nil {
			return err
		}
		if out.Works {
			if err := tx.MarkTested(out.Provider, a.Flow.Test.Revision); err != nil {
				return err
			}
		}
		return tx.RecordLogin(record)
	})
}

func (s *Service) judgeTest(ctx context.Context, a *attempt, out *Tested) error {
	const op = "login.test_finish"
	if err := testable(op, a.target); err != nil {
		return err
	}
	response, err := s.SAML.Open(ctx, a.target, a.SAMLResponse)
	if response != nil {
		a.steps = response.Steps()
	}
	if err != nil {
		return err
	}
	if response.InResponseTo() == "" {
		return sso.Refuse(op, sso.CorrUnsolicited)
	}
	if err := s.verify(ctx, a, response); err != nil {
		return err
	}
	out.Verified = true
	a.identify()
	if err := s.askPlugin(ctx, a); err != nil {
		return err
	}
	evidence := a.evidence()
	out.Roles = a.target.Settings.Roles.Resolve(evidence, a.target.Catalogues.Roles)
	out.Inboxes = a.target.Settings.Inboxes.Resolve(evidence, a.target.Catalogues.Inboxes)
	return s.rehearse(ctx, a, out)
}

// errRehearsed ends the transaction of a test, so that nothing of it is kept.
var errRehearsed = errors.New("login: only a test")

// rehearse goes through the sign-in table in a transaction that is undone.
func (s *Service) rehearse(ctx context.Context, a *attempt, out *Tested) error {
	steps := a.steps
	err := s.Store.InTx(ctx, a.Tenant, func(tx Tx) error {
		a.steps, a.grants = slices.Clip(steps), "" // the transaction may run again
		in, err := s.person(tx, a)
		if in.User.Email != "" {
			a.user = in.User
		}
		if err != nil {
			return err
		}
		if !in.Created {
			if err := s.syncRoles(tx, a, &in.User); err != nil {
				return err
			}
		}
		a.step("identity", "", howFound(in))
		out.User, out.Created, out.Linked = in.User, in.Created, in.Linked
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}
