package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// tenant is a tenant of the demo: one per provider, because one provider is active per tenant.
type tenant struct{ slug, title, provider string }

// setUp makes a tenant for every provider whose plugin is ready, with mappings for the people of the development identity provider.
func (d *demo) setUp(ctx context.Context) ([]tenant, error) {
	token, err := os.ReadFile(filepath.Join(d.dir, "data", "operator-token"))
	if err != nil {
		return nil, err
	}
	api := client{base: d.host.URL + "/api/v1", token: strings.TrimSpace(string(token))}
	var providers struct{ Items []provider }
	if err := api.call(ctx, "GET", "/providers", nil, &providers); err != nil {
		return nil, err
	}
	var tenants []tenant
	for _, p := range providers.Items {
		if p.State != "ready" {
			continue
		}
		t := tenant{slug: "acme-" + p.Key, title: "Acme at " + p.Name, provider: p.Key}
		say("setting up %s", t.title)
		if err := d.setUpTenant(ctx, api, t, p); err != nil {
			return nil, fmt.Errorf("%s: %w", t.title, err)
		}
		tenants = append(tenants, t)
	}
	if len(tenants) == 0 {
		return nil, fmt.Errorf("no provider is ready: see %s", d.log("idplug"))
	}
	return tenants, nil
}

// provider is what the API says of a provider.
type provider struct {
	Key, Name, State string
	Capabilities     struct {
		MetadataURL bool `json:"metadata_url"`
		JIT         bool `json:"jit"`
	}
	AttributeHints []struct{ Name, For string } `json:"attribute_hints"`
}

// groups is the attribute in which the provider sends groups.
func (p provider) groups() string {
	for _, h := range p.AttributeHints {
		if h.For == "groups" {
			return h.Name
		}
	}
	return "groups"
}

func (d *demo) setUpTenant(ctx context.Context, api client, t tenant, p provider) error {
	if err := api.call(ctx, "POST", "/tenants", map[string]any{"slug": t.slug, "name": t.title}, nil); err != nil {
		return err
	}
	path := "/tenants/" + t.slug
	inboxes := []map[string]string{{"key": "general", "name": "General"}, {"key": "emea", "name": "EMEA"}}
	if err := api.call(ctx, "PUT", path+"/inboxes", inboxes, nil); err != nil {
		return err
	}
	jit := p.Capabilities.JIT
	if !jit { // without it, people are added first and linked at their first sign-in; plato stays unknown
		for login, role := range map[string]string{"ada": "administrator", "grace": "agent"} {
			user := map[string]any{"email": login + "@example.com", "name": login, "roles": []string{role}}
			if err := api.call(ctx, "POST", path+"/users", user, nil); err != nil {
				return err
			}
		}
	}
	metadata := d.idp.URL + "/" + t.provider + "/metadata"
	settings := map[string]any{
		"version": 0, "use_sso": true, "provider": t.provider, "create_user_on_first_login": jit,
		"default_roles": []string{"agent"}, "default_inboxes": []string{"general"},
		"role_mappings":  []map[string]any{{"saml_attribute": p.groups(), "saml_attribute_value": "admins", "roles": []string{"administrator"}}},
		"inbox_mappings": []map[string]any{{"saml_attribute": p.groups(), "saml_attribute_value": "emea", "inboxes": []string{"emea"}}},
	}
	if p.Capabilities.MetadataURL {
		settings["metadata_url"] = metadata
	} else {
		xml, err := fetch(ctx, metadata)
		if err != nil {
			return err
		}
		settings["metadata_xml"] = xml
	}
	return api.call(ctx, "PUT", path+"/sso", settings, nil)
}

// client calls the web API as the operator.
type client struct{ base, token string }

const callTime = 30 * time.Second

func (c client) call(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, &body)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode >= http.StatusBadRequest {
		problem, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
		return fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, problem)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(answer.Body).Decode(out)
}

func fetch(ctx context.Context, url string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(answer.Body, 2<<20))
	return string(b), err
}
