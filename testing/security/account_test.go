package security

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/store"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/score"
)

const ada = "ada@example.test"

// spellings are addresses that look like ada's to somebody, or to some program.
var spellings = []string{
	ada, "ADA@example.test", "Ada@Example.Test", " ada@example.test", "ada@example.test ", "ada@example.test\n", "ada@example.test\t", "\u00a0ada@example.test",
	"ada@example.test\u200b", "\ufeffada@example.test", "аda@example.test", "ada@exаmple.test", "ａda@example.test", "ada＠example.test", "ada@example。test",
	"ada@example.test.", "ada@sub.example.test", "ada@example.test.evil.test", "ada+x@example.test", "a.da@example.test", ".ada@example.test", "ada.@example.test",
	`"ada"@example.test`, "ada(x)@example.test", "<ada@example.test>", "Ada <ada@example.test>", "mailto:ada@example.test", "ada@example.test,evil@evil.test",
	"evil@evil.test,ada@example.test", "evil@evil.test;ada@example.test", "ada@example.test@evil.test", "evil@evil.test ada@example.test", "ada%40example.test",
	"ada@EXAMPLE.test%00", "ada@example.test%0a", "ada@xn--example-6q4f.test", "ad\u0131@example.test", "ada@example.te\u017ft", "a\u0064\u0301a@example.test",
	"ada@[127.0.0.1]", "ada@example", "@example.test", "ada@", "ada", "ada\\@example.test", "ada@example..test", "ada@-example.test", "ada!example.test@evil.test",
}

// TestNoSpellingOfAnAddressReachesAnAccount: ada is an administrator who signed in before. Somebody else at her own provider, with a NameID of their own,
// says each address in turn, and each as a NameID.
func TestNoSpellingOfAnAddressReachesAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("acme")
	w.trust("acme", entity, trusted(), nil)
	herself := identity{email: ada, nameID: "ada-1", format: devidp.FormatPersistent, groups: []string{admins}}
	owner := w.browser().signIn("acme", herself)
	takeovers := 0
	judge := func(i int, spelling string, p identity) {
		b := w.browser()
		switch a := b.arrive("acme", p); {
		case a.status == http.StatusSeeOther:
			if b.who() == owner {
				takeovers++
				t.Errorf("%d: %q signed in as ada", i, spelling)
			}
		default:
			require.Contains(t, []sso.Code{sso.IdentityConflict, sso.EmailUnusable, sso.EmailMissing, sso.ProtoNameID, sso.XMLMalformed}, a.code(), "%q %s", spelling, a.body)
		}
	}
	for i, spelling := range spellings {
		judge(i, spelling, identity{email: spelling, nameID: fmt.Sprint("evil-", i), format: devidp.FormatPersistent})
		own := fmt.Sprintf("evil-%d@evil.test", i)
		judge(i, spelling, identity{email: own, nameID: spelling, format: devidp.FormatPersistent})
		judge(i, spelling, identity{email: own + "x", nameID: spelling, format: devidp.FormatEmailAddress})
	}
	for _, nameID := range []string{"ADA-1", "ada-1 ", " ada-1", "ada-1\u200b", "ada-10", "ada-", "аda-1"} {
		judge(0, nameID, identity{email: fmt.Sprintf("n%x@evil.test", nameID), nameID: nameID, format: devidp.FormatPersistent})
	}
	for _, p := range w.users("acme") {
		require.Equal(t, p.ID == owner, p.IsAdministrator(), p.Email)
	}
	require.Equal(t, owner, w.browser().signIn("acme", herself))
	score.Report(t, "accounts taken over by an address or a NameID", float64(takeovers), "= 0")
}

// TestAccountsAndWhoTheyWere is what happens to an account whose person, address or NameID changes hands.
func TestAccountsAndWhoTheyWere(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	persistent := func(nameID, email string, groups ...string) identity {
		return identity{email: email, nameID: nameID, format: devidp.FormatPersistent, groups: groups}
	}
	stories := map[string]func(t *testing.T, w *world){
		"an address that moved to somebody else opens nothing": func(_ *testing.T, w *world) {
			w.browser().signIn("acme", persistent("ada-1", ada))
			w.browser().refused("acme", sso.IdentityConflict, persistent("bob-1", ada))
		},
		"who is linked stays who they are, whatever address they claim": func(t *testing.T, w *world) {
			owner := w.browser().signIn("acme", persistent("ada-1", ada, admins))
			bob := w.browser().signIn("acme", persistent("bob-1", "bob@example.test"))
			require.Equal(t, bob, w.browser().signIn("acme", persistent("bob-1", ada, admins)))
			require.NotEqual(t, owner, bob)
			for _, p := range w.users("acme") {
				require.Equal(t, p.ID == owner, p.IsAdministrator())
			}
		},
		"a NameID that is given again after its user was deleted is nobody": func(t *testing.T, w *world) {
			b := w.browser()
			first := b.signIn("acme", persistent("n-1", ada, admins))
			w.browser().signIn("acme", persistent("n-2", "bob@example.test", admins)) // the last administrator could not be deleted
			require.NoError(t, w.directory.DeleteUser(ctx, operator, "acme", first))
			require.Empty(t, b.who(), "the old session is dead")
			second := w.browser().signIn("acme", persistent("n-1", "new@example.test"))
			require.NotEqual(t, first, second)
			p, err := w.directory.User(ctx, operator, "acme", second)
			require.NoError(t, err)
			require.Equal(t, []sso.Key{"agent"}, p.Roles)
		},
		"a user made anew has nothing of the one before": func(t *testing.T, w *world) {
			first := w.browser().signIn("acme", persistent("ada-1", ada, admins))
			w.browser().signIn("acme", persistent("bob-1", "bob@example.test", admins))
			require.NoError(t, w.directory.DeleteUser(ctx, operator, "acme", first))
			p, err := w.directory.CreateUser(ctx, operator, "acme", directory.NewUser{Email: ada, Name: "Ada", Roles: []sso.Key{"analyst"}})
			require.NoError(t, err)
			require.Equal(t, p.ID, w.browser().signIn("acme", persistent("ada-2", ada, admins)))
			p, err = w.directory.User(ctx, operator, "acme", p.ID)
			require.NoError(t, err)
			require.Equal(t, []sso.Key{"analyst"}, p.Roles, "mappings are for those whom a login creates")
			w.browser().refused("acme", sso.IdentityConflict, persistent("ada-1", ada))
		},
		"who was deactivated is not revived, by whichever NameID": func(t *testing.T, w *world) {
			b := w.browser()
			id := b.signIn("acme", persistent("ada-1", ada))
			deactivated := sso.Deactivated
			_, err := w.directory.UpdateUser(ctx, operator, "acme", id, directory.UserPatch{Status: &deactivated})
			require.NoError(t, err)
			require.Empty(t, b.who())
			w.browser().refused("acme", sso.UserDeactivated, persistent("ada-1", ada))
			w.browser().refused("acme", sso.UserDeactivated, persistent("ada-2", ada))
		},
		"formats are classes of their own": func(_ *testing.T, w *world) {
			w.browser().signIn("acme", who(ada))
			w.browser().refused("acme", sso.IdentityConflict, persistent(ada, ada))
		},
		"a name that does not last is no name": func(t *testing.T, w *world) {
			transient := func(nameID string, attributes ...devidp.Attribute) identity {
				return identity{email: ada, nameID: nameID, format: "urn:oasis:names:tc:SAML:2.0:nameid-format:transient", attributes: attributes}
			}
			uid := func(s string) devidp.Attribute {
				return devidp.Attribute{Name: "uid", Type: "xs:string", Values: []string{s}}
			}
			w.browser().refused("acme", sso.SubjectMissing, transient("_t1"))
			id := w.browser().signIn("acme", transient("_t2", uid("ada-1")))
			require.Equal(t, id, w.browser().signIn("acme", transient("_t3", uid("ada-1"))))
			w.browser().refused("acme", sso.IdentityConflict, transient("_t2", uid("bob-1")))
			w.browser().refused("acme", sso.IdentityConflict, persistent("ada-1", ada))
		},
		"an address outside the tenant's domains is no way in": func(t *testing.T, w *world) {
			_, err := w.directory.UpdateTenant(ctx, operator, "acme", directory.TenantPatch{EmailDomains: &[]string{"example.test"}})
			require.NoError(t, err)
			for i, email := range []string{"a@sub.example.test", "a@example.test.evil.test", "a@evilexample.test", "a@example.testx", "a@test"} {
				w.browser().refused("acme", sso.EmailDomain, persistent(fmt.Sprint("n", i), email))
			}
			w.browser().signIn("acme", persistent("ada-1", ada))
		},
	}
	var lost atomic.Int64
	t.Cleanup(func() { // after the last of them
		score.Report(t, "stories of accounts that change hands", float64(len(stories)), ">= 8")
		score.Report(t, "stories that ended in somebody else's account", float64(lost.Load()), "= 0")
	})
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Cleanup(func() {
				if t.Failed() {
					lost.Add(1)
				}
			})
			w := newWorld(t)
			w.tenant("acme")
			w.trust("acme", entity, trusted(), nil)
			story(t, w)
		})
	}
}

// newSQLite is a host over a real database.
func newSQLite(t *testing.T, change func(ports) ports) *world {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{DSN: filepath.Join(t.TempDir(), "test.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	_, err = s.Migrate(t.Context())
	require.NoError(t, err)
	p := ports{s.Settings(), s.Login(), s.Directory(), s.Keys()}
	if change != nil {
		p = change(p)
	}
	w := startWorld(t, p)
	w.tenant("acme")
	w.trust("acme", entity, trusted(), nil)
	return w
}

// TestManyFirstLoginsMakeOneUser lets one person arrive 64 times at once, each time from a browser of its own: at one host, whose database takes one
// writer at a time, and at two, whose database takes them all.
func TestManyFirstLoginsMakeOneUser(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { arriveTogether(t, newSQLite(t, nil)) })
	t.Run("postgres", func(t *testing.T) {
		here, there := twoNodes(t)
		here.tenant("acme")
		here.trust("acme", entity, trusted(), nil)
		arriveTogether(t, here, there)
	})
}

func arriveTogether(t *testing.T, nodes ...*world) {
	t.Helper()
	const n = 64
	browsers, flows, posted := make([]*browser, n), make([]flow, n), make([]string, n)
	for i := range n {
		w := nodes[i%len(nodes)]
		browsers[i] = w.browser()
		flows[i] = browsers[i].begin("acme")
		posted[i] = w.message(flows[i], who(ada))
	}
	answers := make([]answer, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { answers[i] = browsers[i].post("acme", flows[i].state, posted[i]) })
	}
	group.Wait()
	people := nodes[0].users("acme")
	require.Len(t, people, 1)
	require.Len(t, people[0].Identities, 1)
	for i, a := range answers {
		require.Equal(t, 303, a.status, "%s", a.body)
		require.Equal(t, people[0].ID, browsers[i].who())
	}
}

var errDisk = errors.New("disk on fire")

// failing is a store of which one step of a login's transaction fails.
type failing struct {
	login.Store
	step string
}

func (f *failing) InTx(ctx context.Context, t sso.TenantID, do func(login.Tx) error) error {
	return f.Store.InTx(ctx, t, func(tx login.Tx) error {
		if err := do(failingTx{tx, f}); err != nil {
			return err
		}
		return f.at("commit")
	})
}

func (f *failing) at(step string) error {
	if f.step == step {
		return errDisk
	}
	return nil
}

type failingTx struct {
	login.Tx
	f *failing
}

func (x failingTx) UseOnce(issuer, assertion, request string, until time.Time) error {
	return errors.Join(x.Tx.UseOnce(issuer, assertion, request, until), x.f.at("use once"))
}

func (x failingTx) CreateUser(u sso.User) error {
	return errors.Join(x.Tx.CreateUser(u), x.f.at("create user"))
}

func (x failingTx) Link(id sso.Identity, u sso.UserID, at time.Time) error {
	return errors.Join(x.Tx.Link(id, u, at), x.f.at("link"))
}

func (x failingTx) Audit(e sso.AuditEntry) error { return errors.Join(x.Tx.Audit(e), x.f.at("audit")) }

func (x failingTx) UpdateUser(u sso.User) error {
	return errors.Join(x.Tx.UpdateUser(u), x.f.at("update user"))
}

func (x failingTx) CreateSession(s sso.Session) error {
	return errors.Join(x.Tx.CreateSession(s), x.f.at("session"))
}

func (x failingTx) RecordLogin(r sso.LoginRecord) error {
	return errors.Join(x.Tx.RecordLogin(r), x.f.at("record"))
}

// TestAFirstLoginThatFailsLeavesNothing breaks the store after each step of a first login, the last of them the commit.
func TestAFirstLoginThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	f := &failing{}
	w := newSQLite(t, func(p ports) ports {
		f.Store = p.login
		p.login = f
		return p
	})
	b := w.browser()
	started := b.begin("acme")
	message := w.message(started, who(ada))
	for _, step := range []string{"use once", "create user", "link", "audit", "update user", "session", "record", "commit"} {
		f.step = step
		c := b.copyOf()
		a := c.post("acme", started.state, message)
		require.Equal(t, 500, a.status, "%s: %s", step, a.body)
		require.NotContains(t, string(a.body), errDisk.Error())
		require.Empty(t, c.session(), step)
		require.Empty(t, w.users("acme"), step)
	}
	f.step = ""
	require.Equal(t, 303, b.post("acme", started.state, message).status, "the same answer, once the disk is well")
	people := w.users("acme")
	require.Len(t, people, 1)
	require.Len(t, people[0].Identities, 1)
}
