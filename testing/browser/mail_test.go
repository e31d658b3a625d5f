package browser

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/postman"
)

// post is a server whose mail arrives, with the tenant acme on single sign-on.
func post(t *testing.T) (*tenant, *postman.Postman) {
	t.Helper()
	p, err := postman.Start(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	s := newSites(t, "http://localhost:"+freePort(t), "--smtp-url", p.URL)
	return &tenant{world: world{sites: s}, t: t, slug: "acme"}, p
}

// opensMail is somebody in a window of their own who follows the link in the next mail to their address, to a page with the heading.
func (n *tenant) opensMail(p *postman.Postman, address, heading string) (*chromium, string) {
	n.t.Helper()
	link, err := p.Link(n.t.Context(), address)
	require.NoError(n.t, err)
	c := open(n.t, phone)
	c.visit(link, heading)
	c.at(n.host)
	return c, link
}

// TestMailBringsPeopleIn: an invitation to sign in at the provider; where there is none, an invitation to choose a password, and a new one when it is
// forgotten.
func TestMailBringsPeopleIn(t *testing.T) {
	t.Parallel()
	acme, mail := post(t)
	t.Run("by single sign-on", func(t *testing.T) {
		acme.t = t
		invitedToTheProvider(t, acme, mail)
	})
	t.Run("by a password", func(t *testing.T) {
		require.Equal(t, http.StatusCreated, call(t, http.MethodPost, acme.host+"/api/v1/tenants", operatorToken, map[string]any{"slug": "plain", "name": "Plain Inc"}))
		plain := &tenant{world: acme.world, t: t, slug: "plain"}
		forgottenPassword(t, plain, mail)
	})
}

func invitedToTheProvider(t *testing.T, n *tenant, mail *postman.Postman) {
	t.Helper()
	n.api(http.MethodPost, "/users", map[string]any{"email": "ada@example.com", "name": "Ada Lovelace", "roles": []string{"administrator"}})
	ada := n.administrator(desktop)
	ada.visit(n.host+"/console/users/new", "Add a user")
	ada.fill("#email", "grace@example.com")
	ada.fill("#name", "Grace Hopper")
	ada.tick("Analyst", true) // who comes without an invitation is an agent here
	ada.save()
	require.Contains(t, ada.words(), "Grace Hopper")

	grace, link := n.opensMail(mail, "grace@example.com", "Welcome to Acme")
	require.Contains(t, grace.words(), "The button takes you to its identity provider")
	grace.click("Accept and sign in")
	grace.see("Who are you?")
	grace.at(n.idp)
	grace.click("Grace Hopper")
	grace.see("Signed in as Grace Hopper")
	grace.at(n.host)
	require.Contains(t, grace.words(), "analyst")

	ada.visit(n.host+"/console/users?search=grace", "Users")
	ada.click("Grace Hopper")
	ada.see("Grace Hopper")
	require.Equal(t, "active", ada.chip())
	again := open(t, desktop)
	again.visit(link, "This link was used already")
	require.NotContains(t, again.words(), "Accept and sign in", "the link works once")
}

func forgottenPassword(t *testing.T, n *tenant, mail *postman.Postman) {
	t.Helper()
	n.api(http.MethodPost, "/users", map[string]any{"email": "alan@example.com", "name": "Alan Turing", "roles": []string{"agent"}})
	n.chooses(mail, "Welcome to Plain Inc", firstPassword)

	c := open(t, desktop)
	c.visit(n.host+"/login/plain", "Sign in to Plain Inc")
	c.click("Forgot your password?")
	c.see("Forgot your password?")
	c.fill("#email", "alan@example.com")
	c.leaving(chromedp.Click(`form button`))
	require.Contains(t, c.words(), "a mail is on its way")
	const second = "a new pass phrase, better kept"
	n.chooses(mail, "A new password", second)

	signIn := func(password string) {
		c.visit(n.host+"/login/plain", "Sign in to Plain Inc")
		c.fill("#email", "alan@example.com")
		c.fill("#password", password)
		c.leaving(chromedp.Submit("#password"))
	}
	signIn(firstPassword)
	require.True(t, c.shown(`[role=alert]`), "the old password is worth nothing")
	signIn(second)
	c.see("Signed in as Alan Turing")
}

// chooses is Alan who follows the link in her next mail and sets a password.
func (n *tenant) chooses(mail *postman.Postman, heading, password string) *chromium {
	n.t.Helper()
	c, _ := n.opensMail(mail, "alan@example.com", heading)
	c.fill("#password", password)
	c.fill("#password_again", password)
	c.click("Set password")
	c.see("Signed in as Alan Turing")
	return c
}
