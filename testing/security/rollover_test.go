package security

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/score"
)

// published is the provider's metadata with some keys.
func (w *world) published(keys ...devidp.Key) string {
	w.t.Helper()
	d := devidp.Description{EntityID: entity, SSO: "https://idp.example.test/sso", Now: w.now()}
	for _, key := range keys {
		d.Certificates = append(d.Certificates, key.Certificate)
	}
	doc, err := devidp.Okta().Metadata(d)
	require.NoError(w.t, err)
	return string(doc)
}

// republish stores metadata for tenant acme, which trusts a provider already, and returns the status.
func (w *world) republish(document string) int {
	w.t.Helper()
	view, err := w.settings.View(context.Background(), operator, "acme")
	require.NoError(w.t, err)
	body, err := json.Marshal(map[string]any{"version": view.Settings.Version, "metadata_xml": document})
	require.NoError(w.t, err)
	return w.api("PATCH", "/tenants/acme/sso", operatorToken, string(body)).status
}

// TestARolloverFailsNoLogin lets people sign in while their provider changes its key twice, as the providers' pages say: the new one is published
// beside the old one, then it signs, then the old one goes. Documents by which nobody could sign in are saved in between: they change nothing. At each
// step some logins are under way, begun before and answered after.
func TestARolloverFailsNoLogin(t *testing.T) {
	const useless = 422
	each, underWay, least := 20, 4, ">= 200"
	if score.Full() {
		each, underWay, least = 900, 20, ">= 10000"
	}
	w := newWorld(t)
	w.tenant("acme")
	w.trust("acme", entity, trusted(), nil)
	old := trusted()
	next, err := devidp.NewKey(devidp.RSA2048, "", devidp.Okta().Subject, w.now().Add(-time.Hour), 2)
	require.NoError(t, err)
	last, err := devidp.NewKey(devidp.RSA2048, "", devidp.Okta().Subject, w.now().Add(-time.Hour), 3)
	require.NoError(t, err)
	logins, failed, refused := 0, 0, 0
	answer := func(b *browser, f flow, key devidp.Key) {
		logins++
		if a := b.post("acme", f.state, w.message(f, identity{email: "ada@example.test", nameID: "ada", key: &key})); a.status != 303 {
			failed++
			t.Errorf("login %d: %d %s", logins, a.status, a.body)
		}
	}
	for i, step := range []struct {
		document string
		signer   devidp.Key // from then on
		status   int
	}{
		{w.published(old), old, 200},
		{"<html>", old, useless},
		{w.published(old, next), old, 200},
		{w.published(old, next), next, 200},
		{w.published(), next, useless},
		{w.published(next), next, 200},
		{w.published(next, last), next, 200},
		{w.published(next, last), last, 200},
		{w.published(last)[:300], last, useless},
		{w.published(last), last, 200},
		{"", last, 200},
	} {
		browsers, flows := make([]*browser, underWay), make([]flow, underWay)
		for k := range flows {
			browsers[k] = w.browser()
			flows[k] = browsers[k].begin("acme")
		}
		require.Equal(t, step.status, w.republish(step.document), "step %d", i)
		if step.status == useless {
			refused++
		}
		for k, f := range flows {
			answer(browsers[k], f, step.signer)
		}
		for range each {
			b := w.browser()
			answer(b, b.begin("acme"), step.signer)
		}
	}
	w.browser().refused("acme", sso.SigUntrustedKey, identity{email: "ada@example.test", nameID: "ada", key: &old})
	score.Report(t, "logins while the provider changes its key twice", float64(logins), least)
	score.Report(t, "logins of them that failed", float64(failed), "= 0")
	score.Report(t, "useless documents saved meanwhile, and refused", float64(refused), ">= 3")
	require.Zero(t, failed)
}
