package browser

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// tile is the address of the tenant's tile at a provider.
func (n *tenant) tile(provider string) string {
	return n.idp + "/" + provider + "/launch?audience=" + url.QueryEscape(n.host+"/saml/"+n.slug+"/metadata")
}

// TestAnotherSiteAsksFirst: a tile, and a link of another site, to an organisation that signs the person in as somebody else end no session before the
// person says so.
func TestAnotherSiteAsksFirst(t *testing.T) {
	t.Parallel()
	n, other := newTenant(t, "here", "Here Inc"), newTenant(t, "there", "There Ltd")
	other.ssoOn("okta", map[string]any{"create_user_on_first_login": true, "default_roles": []string{"agent"}})
	c := other.signsIn("Grace Hopper", "Signed in as Grace Hopper") // a tile leads only to whom the provider has met
	c.click("Sign out")
	c.see("Sign in")
	c.visit(n.link, "Welcome to")
	c.fill("#password", firstPassword)
	c.fill("#password_again", firstPassword)
	c.click("Set password")
	c.see("Signed in as ada@example.com")

	c.visit(other.tile("okta"), "You are signed in already")
	require.Contains(t, c.words(), "There Ltd")
	c.click("Stay signed in to Here Inc")
	c.see("Signed in as ada@example.com")

	c.visit(n.idp, "")
	c.leaving(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("location.href = %q", n.host+"/login/there")))
	c.see("You are signed in already")
	c.click("Go on, as somebody else, to There Ltd")
	c.see("Signed in as Grace Hopper")
}
