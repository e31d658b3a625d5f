package login

import (
	"context"
	"errors"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// Answer is what came to the assertion consumer service.
type Answer struct {
	Tenant       sso.TenantID
	SAMLResponse string // as posted, base64
	// Flow is the unsealed flow that RelayState names, nil when the browser carries none.
	Flow *Flow
	// TileRecently: this browser had an unsolicited response turned into a login within the last minute.
	TileRecently bool
	LoggedOut    bool   // the browser carries the marker of a deliberate log-out
	Holds        []Held // the sessions that the browser may hold
	RequestID    string // of the HTTP request
}

// Finished is the outcome of an answer that was not refused: signed in, or started anew.
type Finished struct {
	SignedIn *SignedIn
	Restart  *Started // rule 8, or an unsolicited response
	Tile     bool     // Restart answers an unsolicited response
	Tested   *Tested  // the answer was one to a test, and opens nothing
	Other    *Other   // the person is to be asked first
}

// attempt is one answer on its way through the checks.
type attempt struct {
	Answer
	target    Target
	now       time.Time
	steps     []sso.Step
	holders   []sso.User // whose sessions the browser holds, where that matters
	assertion sso.Assertion
	subject   subject
	user      sso.User // as far as known: for the trace
	kept      []byte   // the assertion's attributes, sealed: for the trace
	grants    string   // what mappings gave, and by which rows: for the trace
}

// errReauthenticate asks Finish to start the login anew (rule 8).
var errReauthenticate = errors.New("login: provider did not sign the person in anew")

// Finish judges an answer. Refusals are [sso.Error]s with the codes of the sign-in table and of the verifier, and leave a trace.
func (s *Service) Finish(ctx context.Context, answer Answer) (Finished, error) {
	a := &attempt{Answer: answer, now: s.Now()}
	var err error
	if a.target, err = s.Store.Target(ctx, a.Tenant); err != nil {
		return Finished{}, err // no tenant, no trace
	}
	if a.Flow != nil && a.Flow.Tenant == a.Tenant && a.Flow.Test != nil {
		return s.finishTest(ctx, a)
	}
	out, err := s.finish(ctx, a)
	other, isOther := errors.AsType[otherError](err)
	switch {
	case isOther:
		return s.ask(ctx, a, other), nil
	case errors.Is(err, errReauthenticate):
		return s.restart(ctx, a)
	case err != nil:
		a.fail(err)
		s.leaveTrace(ctx, a.record(sso.Refused, sso.CodeOf(err)))
		return Finished{}, err
	case out.Tile:
		a.step("flow", sso.CorrUnsolicited, "")
		s.leaveTrace(ctx, a.record(sso.Restarted, sso.CorrUnsolicited))
	}
	return out, nil
}

// leaveTrace writes the trace of a login that made no session. A trace that cannot be written changes no answer, but is reported.
func (s *Service) leaveTrace(ctx context.Context, r sso.LoginRecord) {
	if err := s.Store.RecordLogin(ctx, r); err != nil && s.Report != nil {
		s.Report(ctx, err)
	}
}

func (s *Service) finish(ctx context.Context, a *attempt) (Finished, error) {
	const op = "login.finish"
	if err := a.target.open(op); err != nil {
		return Finished{}, err
	}
	response, err := s.SAML.Open(ctx, a.target, a.SAMLResponse)
	if response != nil {
		a.steps = response.Steps()
	}
	if err != nil {
		return Finished{}, err
	}
	if response.InResponseTo() == "" {
		return s.unsolicited(ctx, a)
	}
	if err := s.verify(ctx, a, response); err != nil {
		return Finished{}, err
	}
	if a.holders, err = s.holders(ctx, a); err != nil {
		return Finished{}, err
	}
	in, err := s.signIn(ctx, a)
	if err != nil {
		return Finished{}, err
	}
	in.ReturnTo, in.Held = a.Flow.ReturnTo, a.Flow.Held
	return Finished{SignedIn: &in}, nil
}

// verify matches an opened response with its flow and does the rest of its verification.
func (s *Service) verify(ctx context.Context, a *attempt, response Response) (err error) {
	opened := len(a.steps)
	if err := a.matchFlow(response.InResponseTo()); err != nil {
		return err
	}
	a.assertion, err = response.Verify(ctx, Expectation{RequestID: a.Flow.RequestID})
	a.steps = append(a.steps, response.Steps()[opened:]...)
	if err == nil {
		a.kept = s.keep(ctx, a)
	}
	return err
}

// keep seals the attributes for the trace. A sign-in does not fail for what cannot be kept.
func (s *Service) keep(ctx context.Context, a *attempt) []byte {
	sealed, err := sso.SealAttributes(s.Sealer, a.Tenant, a.RequestID, a.assertion.Attributes)
	if err != nil && s.Report != nil {
		s.Report(ctx, err)
	}
	return sealed
}

// unsolicited answers a response that nobody here asked for. It is never trusted: at most it starts a login of our own.
func (s *Service) unsolicited(ctx context.Context, a *attempt) (Finished, error) {
	if a.target.Settings.IDPInitiated == sso.TileDeny || a.TileRecently {
		return Finished{}, sso.Refuse("login.finish", sso.CorrUnsolicited)
	}
	force := a.LoggedOut && a.target.Settings.ForceReauthentication
	started, err := s.start(ctx, a.target, Flow{ReturnTo: "/", ForceAuthn: force})
	if err != nil {
		return Finished{}, err
	}
	return Finished{Restart: &started, Tile: true}, nil
}

// matchFlow is step 3: this browser, this tenant, this connection, this request, not expired.
func (a *attempt) matchFlow(inResponseTo string) error {
	const op = "login.flow"
	f := a.Flow
	switch {
	case f == nil || f.Tenant != a.Tenant:
		return sso.Refuse(op, sso.CorrBrowserBinding)
	case a.now.After(f.Expires):
		return sso.Refuse(op, sso.CorrExpired)
	case f.RequestID != inResponseTo:
		return sso.Refuse(op, sso.CorrRequest)
	case f.Provider != a.target.Settings.Provider || f.IDPEntityID != a.target.Connection.IdP.EntityID:
		return sso.Refuse(op, sso.SSOInactive)
	}
	a.step("flow", "", "")
	return nil
}

// restart starts the login once more with ForceAuthn.
func (s *Service) restart(ctx context.Context, a *attempt) (Finished, error) {
	started, err := s.start(ctx, a.target, Flow{
		ReturnTo: a.Flow.ReturnTo, Held: a.Flow.Held, Chosen: a.Flow.Chosen, ForceAuthn: true, Attempt: a.Flow.Attempt + 1,
	})
	if err != nil {
		return Finished{}, err
	}
	a.step("reauthentication", sso.ReauthenticationRequired, "")
	s.leaveTrace(ctx, a.record(sso.Restarted, sso.ReauthenticationRequired))
	return Finished{Restart: &started}, nil
}

func (a *attempt) step(name string, code sso.Code, got string) {
	a.steps = append(a.steps, sso.Step{Name: name, Code: code, Got: got})
}

// fail makes sure that the trace ends with the refused check.
func (a *attempt) fail(err error) {
	code := sso.CodeOf(err)
	if n := len(a.steps); n > 0 && a.steps[n-1].Code == code {
		return
	}
	name := "sign-in"
	if e, ok := errors.AsType[*sso.Error](err); ok {
		name = e.Op
	}
	a.step(name, code, "")
}

func (a *attempt) record(outcome string, code sso.Code) sso.LoginRecord {
	return sso.LoginRecord{
		Tenant: a.Tenant, At: a.now, RequestID: a.RequestID, User: a.user.ID, Email: a.user.Email,
		Provider: a.target.Settings.Provider, Outcome: outcome, Code: code, Steps: a.steps,
		Grants: a.grants, Attributes: a.kept,
	}
}
