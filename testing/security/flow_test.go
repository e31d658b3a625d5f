package security

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"sync/atomic"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/samltest"
	"github.com/idplug/idplug/testing/vectors"
)

// flow is a login under way: what its answer must fit.
type flow struct {
	tenant  sso.TenantID
	request string // the request's ID
	state   string // RelayState
}

// begin starts a login in the browser.
func (b *browser) begin(t sso.TenantID) flow {
	b.w.t.Helper()
	return b.flowOf(t, b.do("GET", "/login/"+string(t), nil))
}

// flowOf is the login with which an answer of ours sends the browser to the provider.
func (b *browser) flowOf(t sso.TenantID, a answer) flow {
	b.w.t.Helper()
	require.Contains(b.w.t, []int{302, 303}, a.status, "%s", a.body)
	at, err := url.Parse(a.header.Get("Location"))
	require.NoError(b.w.t, err)
	return flow{t, b.w.asked.last.ID, at.Query().Get("RelayState")}
}

// identity is whom an answer is about, and who says so.
type identity struct {
	email, nameID, format string
	groups                []string
	attributes            []devidp.Attribute
	entityID              string
	key                   *devidp.Key
}

// who is a person of the usual provider whose NameID is the address.
func who(email string, groups ...string) identity {
	return identity{email: email, nameID: email, groups: groups}
}

var messages atomic.Int64

// message is a sound answer about p to a flow. changes are made before it is signed.
func (w *world) message(f flow, p identity, changes ...func(*devidp.Response)) string {
	w.t.Helper()
	b := vectors.Base{SP: sso.NewServiceProvider(w.origin, f.tenant), IDPEntityID: entity, RequestID: f.request, Now: w.now(), Key: trusted()}
	if p.entityID != "" {
		b.IDPEntityID = p.entityID
	}
	if p.key != nil {
		b.Key = *p.key
	}
	r := vectors.Response(b)
	a := r.Assertions[0]
	n := messages.Add(1)
	r.ID, a.ID = fmt.Sprint("_r", n), fmt.Sprint("_a", n)
	a.NameID.Value = p.nameID
	if p.format != "" {
		a.NameID.Format = p.format
	}
	a.Attributes = append([]devidp.Attribute(nil), p.attributes...)
	if p.email != "" {
		a.Attributes = append(a.Attributes, devidp.Attribute{Name: "email", Type: "xs:string", Values: []string{p.email}})
	}
	if len(p.groups) > 0 {
		a.Attributes = append(a.Attributes, devidp.Attribute{Name: "groups", Type: "xs:string", Values: p.groups})
	}
	for _, change := range changes {
		change(r)
	}
	raw, err := r.XML()
	require.NoError(w.t, err)
	signed, err := samltest.Sign(raw, a.ID, samltest.Signing{Key: b.Key.Signer, Cert: b.Key.Certificate.Raw})
	require.NoError(w.t, err)
	return base64.StdEncoding.EncodeToString(signed)
}

// post brings a message to a tenant's assertion consumer service, from the provider's page.
func (b *browser) post(t sso.TenantID, state, message string) answer {
	b.w.t.Helper()
	r := b.request("POST", "/saml/"+string(t)+"/acs", url.Values{"SAMLResponse": {message}, "RelayState": {state}})
	all := r.Cookies()
	r.Header.Del("Cookie")
	for _, c := range all {
		if !b.lax[c.Name] {
			r.AddCookie(c)
		}
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Origin", "https://idp.example.test")
	a := b.w.send(r)
	b.learn(a)
	return a
}

// arrive is a whole login.
func (b *browser) arrive(t sso.TenantID, p identity, changes ...func(*devidp.Response)) answer {
	b.w.t.Helper()
	f := b.begin(t)
	return b.post(t, f.state, b.w.message(f, p, changes...))
}

// signIn is a whole login that must succeed; it returns the session document's user ID.
func (b *browser) signIn(t sso.TenantID, p identity, changes ...func(*devidp.Response)) sso.UserID {
	b.w.t.Helper()
	a := b.arrive(t, p, changes...)
	require.Equal(b.w.t, 303, a.status, "%s", a.body)
	return b.who()
}

// refused is a whole login that must fail with code, and leaves no session.
func (b *browser) refused(t sso.TenantID, code sso.Code, p identity, changes ...func(*devidp.Response)) {
	b.w.t.Helper()
	b.isRefused(code, b.arrive(t, p, changes...))
}

func (b *browser) isRefused(code sso.Code, a answer) {
	b.w.t.Helper()
	require.Equal(b.w.t, code, a.code(), "%d %s", a.status, a.body)
	require.GreaterOrEqual(b.w.t, a.status, 400)
	require.Empty(b.w.t, b.session(), "a refused login opens no session")
}

// who is whose session the browser holds, "" for nobody's.
func (b *browser) who() sso.UserID {
	b.w.t.Helper()
	a := b.do("GET", "/session", nil)
	if a.status == 401 {
		return ""
	}
	var document struct {
		User struct{ ID sso.UserID }
	}
	require.NoError(b.w.t, json.Unmarshal(a.body, &document), "%s", a.body)
	return document.User.ID
}
