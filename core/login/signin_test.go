package login_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/frail"
)

func TestTable_UnknownWithJIT_CreatedWithMappedRolesAndInboxes(t *testing.T) {
	w := newWorld(t)
	in, err := w.signIn(ada("admins", "emea"))
	require.NoError(t, err)
	require.True(t, in.Created)
	require.Equal(t, "/inbox", in.ReturnTo)
	u := w.user(in.User.ID)
	require.Equal(t, sso.Active, u.Status)
	require.Equal(t, []sso.Key{"administrator"}, u.Roles)
	require.Equal(t, []sso.Key{"emea"}, u.Inboxes)
	require.Equal(t, start, u.LastLoginAt)
	require.Len(t, u.Identities, 1)
	_, resumed, err := w.service.Resume(t.Context(), acme, in.Token)
	require.NoError(t, err)
	require.Equal(t, u.ID, resumed.ID)

	audit, _, err := w.store.Directory().Audit(t.Context(), acme, directory.AuditQuery{Page: directory.Page{Limit: 10}})
	require.NoError(t, err)
	require.Equal(t, "user.create", audit[0].Action)
	require.Contains(t, audit[0].After, `"role_mappings":[0]`)
}

func TestTable_UnknownWithJIT_NoRowMatches_Defaults(t *testing.T) {
	w := newWorld(t)
	in, err := w.signIn(ada("others"))
	require.NoError(t, err)
	require.Equal(t, []sso.Key{"agent"}, in.User.Roles)
	require.Equal(t, []sso.Key{"general"}, in.User.Inboxes)
}

func TestTable_UnknownWithoutJIT_Refused(t *testing.T) {
	w := newWorld(t, func(s *sso.Settings) { s.JIT = false })
	w.refused(ada(), sso.UserUnknown)
	w = newWorld(t) // the plugin was replaced by one that offers no JIT
	w.plugin.jit = false
	w.refused(ada(), sso.UserUnknown)
}

func TestTable_Linked_SignedInWithoutAnyPlugin(t *testing.T) {
	w := newWorld(t)
	first, err := w.signIn(ada())
	require.NoError(t, err)
	w.plugin.ready = false
	w.plugin.calls.Store(0)
	again, err := w.signIn(ada())
	require.NoError(t, err)
	require.Equal(t, first.User.ID, again.User.ID)
	require.False(t, again.Created || again.Linked)
	require.Zero(t, w.plugin.calls.Load())
	require.NotEqual(t, first.Token, again.Token, "a new session at every login")
}

func TestTable_LinkedAndInvited_BecomesActive(t *testing.T) {
	w := newWorld(t)
	u := w.add("ada@acme.test", func(u *sso.User) { u.Status = sso.Invited })
	in, err := w.signIn(ada())
	require.NoError(t, err)
	require.True(t, in.Linked)
	require.Equal(t, sso.Active, w.user(u.ID).Status)
}

func TestTable_KnownByEmail_LinkedOnce_KeepsRoles(t *testing.T) {
	w := newWorld(t, func(s *sso.Settings) { s.JIT = false })
	u := w.add("ada@acme.test", func(u *sso.User) { u.Roles = []sso.Key{"analyst"} })
	in, err := w.signIn(ada("admins"))
	require.NoError(t, err)
	require.Equal(t, u.ID, in.User.ID)
	require.Equal(t, []sso.Key{"analyst"}, w.user(u.ID).Roles, "rule 11: mappings are for creation")
	audit, _, err := w.store.Directory().Audit(t.Context(), acme, directory.AuditQuery{Page: directory.Page{Limit: 10}})
	require.NoError(t, err)
	require.Equal(t, "user.link", audit[0].Action)
	require.JSONEq(t, `{"idp_entity_id":"`+entity+`"}`, audit[0].After)
}

func TestTable_EmailIsComparedInOneForm(t *testing.T) {
	w := newWorld(t)
	u := w.add("ada@acme.test")
	a := ada()
	a.Attributes[0].Values = []string{"Ada@ACME.test"}
	in, err := w.signIn(a)
	require.NoError(t, err)
	require.Equal(t, u.ID, in.User.ID)
}

func TestTable_UserOfThatEmailIsSomebodyElseThere_Conflict(t *testing.T) {
	w := newWorld(t)
	_, err := w.signIn(ada())
	require.NoError(t, err)
	other := ada()
	other.NameID.Value = "ada-second@acme.test"
	w.refused(other, sso.IdentityConflict)

	user := w.logins()[0].User
	w.tx(func(tx directory.Tx) error { _, err := tx.DeleteIdentities(user); return err }) // the cure
	in, err := w.signIn(other)
	require.NoError(t, err)
	require.True(t, in.Linked)
}

func TestTable_Deactivated_RefusedLinkedOrNot_NeverRevived(t *testing.T) {
	w := newWorld(t)
	u := w.add("ada@acme.test", func(u *sso.User) { u.Status = sso.Deactivated })
	w.refused(ada(), sso.UserDeactivated)
	require.Empty(t, w.user(u.ID).Identities)

	in, err := w.signIn(person("bob@acme.test"))
	require.NoError(t, err)
	w.tx(func(tx directory.Tx) error {
		bob, err := tx.User(in.User.ID)
		bob.Status = sso.Deactivated
		require.NoError(t, err)
		return tx.UpdateUser(bob)
	})
	w.refused(person("bob@acme.test"), sso.UserDeactivated)
	require.Equal(t, sso.Deactivated, w.user(in.User.ID).Status)
	_, _, err = w.service.Resume(t.Context(), acme, in.Token)
	require.Equal(t, sso.Unauthorized, sso.CodeOf(err))
}

func TestTable_NoEmail_RefusedNamingTheAttribute(t *testing.T) {
	w := newWorld(t)
	a := ada()
	a.Attributes = a.Attributes[1:]
	_, err := w.signIn(a)
	var refusal *sso.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, sso.EmailMissing, refusal.Code)
	require.Equal(t, "user.email", refusal.Params["attribute"])
}

func TestTable_EmailThatIsNone_Refused(t *testing.T) {
	w := newWorld(t)
	for _, bad := range []string{"ada", "ada@acme.test,eve@evil.test", `"ada b"@acme.test`, "аda@acme.test", "ada@acme.test\r\nBcc: x"} {
		a := ada()
		a.NameID.Value, a.Attributes[0].Values = bad, []string{bad}
		w.refused(a, sso.EmailUnusable)
	}
}

func TestTable_PluginDown_FirstLoginRefused(t *testing.T) {
	w := newWorld(t)
	w.plugin.ready = false
	w.refused(ada(), sso.ProviderUnavailable)
	w.plugin.ready, w.plugin.err = true, sso.Refuse("fake", sso.PluginUnprovenValue)
	w.refused(ada(), sso.PluginUnprovenValue)
}

// TestTable_OnlyThePluginOfTheTenantIsAsked: no other plugin learns of the person.
func TestTable_OnlyThePluginOfTheTenantIsAsked(t *testing.T) {
	for _, key := range []sso.ProviderKey{"okta", "acme-idp"} {
		w := newWorld(t, func(s *sso.Settings) { s.Provider = key })
		_, err := w.signIn(ada())
		require.NoError(t, err)
		require.Equal(t, key, w.plugin.asked.Load())
		require.EqualValues(t, 1, w.plugin.calls.Load())
	}
}

func TestTable_SSOOffOrAnotherConnection_Inactive(t *testing.T) {
	w := newWorld(t)
	begun := w.begin(false)
	w.change(func(s *sso.Settings) { s.Provider = "pingone" })
	_, err := w.answer(begun, ada())
	require.Equal(t, sso.SSOInactive, sso.CodeOf(err))
	w.change(func(s *sso.Settings) { s.UseSSO = false })
	_, err = w.answer(begun, ada())
	require.Equal(t, sso.SSOInactive, sso.CodeOf(err))
	_, err = w.service.Begin(t.Context(), login.Begin{Tenant: acme})
	require.Equal(t, sso.SSOInactive, sso.CodeOf(err))
}

func TestEmailDomains_RefuseAtLinkAndAtCreation(t *testing.T) {
	w := newWorld(t)
	w.tx(func(tx directory.Tx) error {
		return tx.UpdateTenant(sso.Tenant{ID: acme, Name: "Acme", EmailDomains: []string{"acme.test"}})
	})
	w.add("eve@evil.test")
	w.refused(person("eve@evil.test"), sso.EmailDomain)
	w.refused(person("mallory@sub.acme.test"), sso.EmailDomain)
	_, err := w.signIn(ada())
	require.NoError(t, err)
}

func TestOnce_OneResponseManyPosts_OneSession(t *testing.T) {
	w := newWorld(t)
	begun := w.begin(false)
	w.saml.claims, w.saml.assertion = begun.Flow.RequestID, w.complete(begun.Flow.RequestID, ada())
	var wg sync.WaitGroup
	errs := make([]error, 64)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = w.service.Finish(t.Context(), login.Answer{Tenant: acme, Flow: &begun.Flow})
		})
	}
	wg.Wait()
	in := 0
	for _, err := range errs {
		if err == nil {
			in++
			continue
		}
		require.Contains(t, []sso.Code{sso.ReplayAssertion, sso.ReplayRequest}, sso.CodeOf(err))
	}
	require.Equal(t, 1, in)
	require.Equal(t, 1, w.sessions())
}

func TestTransactionThatRunsTwiceHasOneEffect(t *testing.T) {
	w := newWorld(t)
	w.store.RunTwice()
	in, err := w.signIn(ada())
	require.NoError(t, err)
	require.Len(t, w.user(in.User.ID).Identities, 1)
	var names []string
	for _, s := range w.logins()[0].Steps {
		names = append(names, s.Name)
	}
	require.Equal(t, []string{"form", "flow", "signature", "once", "identity"}, names)
}

func TestTrace_SaysHowThePersonWasFound(t *testing.T) {
	w := newWorld(t)
	w.add("bob@acme.test")
	for _, c := range []struct {
		who sso.Assertion
		how string
	}{{ada(), "created"}, {person("bob@acme.test"), "linked by e-mail"}, {ada(), "linked"}} {
		_, err := w.signIn(c.who)
		require.NoError(t, err)
		require.Contains(t, w.logins()[0].Steps, sso.Step{Name: "identity", Got: c.how})
	}
}

func TestTrace_NamesTheRefusingStep(t *testing.T) {
	w := newWorld(t, func(s *sso.Settings) { s.JIT = false })
	w.refused(ada(), sso.UserUnknown)
	last := w.logins()[0].Steps
	require.Equal(t, "login.create", last[len(last)-1].Name)
	begun := w.begin(false)
	w.frail(2) // after the tenant was read
	_, err := w.answer(begun, ada())
	require.ErrorIs(t, err, frail.ErrBroken)
	last = w.logins()[0].Steps
	require.Equal(t, sso.Step{Name: "sign-in", Code: sso.Internal}, last[len(last)-1], "what is no refusal has no step of its own")
}

// Who can mend a refused first login reads in its trace what the plugin says, with the provider's own names of things.
func TestTrace_HoldsThePluginsWords(t *testing.T) {
	w := newWorld(t)
	w.plugin.problems = sso.Problems{
		{Severity: sso.Warning, Field: "email", Code: "fake.email_missing", Summary: "No e-mail came.", Fix: "Map email."},
		{Severity: sso.Info, Field: "groups", Code: "fake.groups_missing", Summary: "No groups came.", Fix: "Map groups."},
	}
	nameless := ada()
	nameless.Attributes = nil
	w.refused(nameless, sso.EmailMissing)
	steps := w.logins()[0].Steps
	require.Contains(t, steps, sso.Step{Name: "profile", Code: "fake.email_missing", Expected: "Map email.", Got: "No e-mail came."})
	require.Contains(t, steps, sso.Step{Name: "profile", Expected: "Map groups.", Got: "No groups came."})
}

// fleeting is ada by a NameID that is fresh at every login, with a stable uid.
func fleeting(nameID, uid string) sso.Assertion {
	a := ada()
	a.NameID = sso.NameID{Value: nameID, Format: sso.FormatTransient}
	a.Attributes = append(a.Attributes, sso.Attribute{Name: "uid", Values: []string{uid}})
	return a
}

func TestIdentity_TransientNameID_StableSubjectIsLearnt(t *testing.T) {
	w := newWorld(t)
	first, err := w.signIn(fleeting("x1", "00u1"))
	require.NoError(t, err)
	w.plugin.ready = false // later logins need no plugin
	again, err := w.signIn(fleeting("x2", "00u1"))
	require.NoError(t, err)
	require.Equal(t, first.User.ID, again.User.ID)
	w.plugin.ready = true
	bare := fleeting("x3", "00u1")
	bare.Attributes = bare.Attributes[:2]
	w.refused(bare, sso.SubjectMissing)

	w.plugin.subject = sso.FromNameID // which names nobody, whatever else is called like that
	misnamed := fleeting("x4", "00u1")
	misnamed.Attributes[2].Name = sso.FromNameID
	w.refused(misnamed, sso.SubjectMissing)
}

// TestIdentity_TheNameIDComesFirst: an attribute that was learnt stands in for a NameID that names nobody, never for one that does.
func TestIdentity_TheNameIDComesFirst(t *testing.T) {
	w := newWorld(t)
	_, err := w.signIn(fleeting("x1", "00u1"))
	require.NoError(t, err)
	lasting := fleeting("ada", "00u1")
	lasting.NameID.Format = sso.FormatPersistent
	w.refused(lasting, sso.IdentityConflict)
}

func TestIdentity_ClassesStayApart(t *testing.T) {
	w := newWorld(t)
	first, err := w.signIn(ada())
	require.NoError(t, err)
	for _, format := range []string{"", sso.FormatUnspecified, sso.FormatEmail} { // one class
		a := ada()
		a.NameID.Format = format
		in, err := w.signIn(a)
		require.NoError(t, err)
		require.Equal(t, first.User.ID, in.User.ID)
	}
	a := ada()
	a.NameID.Format = sso.FormatPersistent
	w.refused(a, sso.IdentityConflict)
}

func TestSessionEndsWhenTheProviderSays(t *testing.T) {
	w := newWorld(t)
	a := ada()
	a.SessionNotOnOrAfter = start.Add(time.Hour)
	in, err := w.signIn(a)
	require.NoError(t, err)
	require.Equal(t, start.Add(time.Hour), in.Session.ExpiresAt)
	w.now = start.Add(time.Hour)
	_, _, err = w.service.Resume(t.Context(), acme, in.Token)
	require.Equal(t, sso.Unauthorized, sso.CodeOf(err))
}

func TestSessionEndsIdleAndIsKeptByUse(t *testing.T) {
	w := newWorld(t)
	in, err := w.signIn(ada())
	require.NoError(t, err)
	for range 5 { // used every 90 minutes
		w.now = w.now.Add(90 * time.Minute)
		_, _, err = w.service.Resume(t.Context(), acme, in.Token)
		require.NoError(t, err)
	}
	w.now = w.now.Add(2 * time.Hour)
	_, _, err = w.service.Resume(t.Context(), acme, in.Token)
	require.Equal(t, sso.Unauthorized, sso.CodeOf(err))
	_, _, err = w.service.Resume(t.Context(), acme, "guess")
	require.Equal(t, sso.Unauthorized, sso.CodeOf(err))
}
