package plugins

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Plugin is a plugin as the API shows it.
type Plugin struct {
	Key      string `json:"key"`
	State    string `json:"state"`
	Version  string `json:"version"`
	SHA256   string `json:"sha256"`
	Reason   string `json:"reason"`
	Fix      string `json:"fix"`
	Sandbox  string `json:"sandbox"`
	Restarts int    `json:"restarts"`
	PID      int    `json:"pid"`
	InFlight int    `json:"in_flight"`
}

// User is a user as the API shows them.
type User struct {
	ID, Email, Name, Status string
	Roles                   []string
}

// Users are those of a tenant with an address.
func (s *Site) Users(ctx context.Context, tenant, email string) ([]User, error) {
	var list struct{ Items []User }
	err := s.API(ctx, http.MethodGet, "/tenants/"+tenant+"/users?search="+url.QueryEscape(email), nil, &list)
	return slices.DeleteFunc(list.Items, func(u User) bool { return u.Email != email }), err // the search finds parts, too
}

// Problem is an error of the API.
type Problem struct {
	Status int
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (p *Problem) Error() string { return fmt.Sprintf("%d %s %s", p.Status, p.Code, p.Detail) }

// apiTime bounds one call of the API.
const apiTime = 30 * time.Second

// API calls the admin API as the operator, below /api/v1. in and out may be nil; a refusal is a *Problem.
func (s *Site) API(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, apiTime)
	defer cancel()
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if in == nil {
		body = nil
	}
	request, err := http.NewRequestWithContext(ctx, method, s.Host.URL+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		problem := &Problem{Status: response.StatusCode}
		_ = json.Unmarshal(text, problem) // the status says enough
		return fmt.Errorf("%s %s: %w", method, path, problem)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

// Plugin is where a plugin stands; the zero value when it is not listed.
func (s *Site) Plugin(ctx context.Context, key string) (Plugin, error) {
	var list struct{ Items []Plugin }
	if err := s.API(ctx, http.MethodGet, "/plugins", nil, &list); err != nil {
		return Plugin{}, err
	}
	for _, p := range list.Items {
		if p.Key == key {
			return p, nil
		}
	}
	return Plugin{}, nil
}

// patient is until something that happens within seconds has surely happened.
const patient = 40 * time.Second

// Await asks every few milliseconds until a plugin is as wanted, and returns it.
func (s *Site) Await(ctx context.Context, key, what string, wanted func(Plugin) bool) (Plugin, error) {
	whole := ctx
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	var last Plugin
	var trouble error
	for {
		now, err := s.Plugin(ctx, key)
		switch {
		case err == nil && wanted(now):
			return now, nil
		case err == nil:
			last, trouble = now, nil
		case ctx.Err() == nil:
			trouble = err
		}
		select {
		case <-whole.Done():
			return last, whole.Err()
		case <-ctx.Done():
			return last, errors.Join(fmt.Errorf("%s is not %s: %+v", key, what, last), trouble)
		case <-time.After(3 * time.Millisecond):
		}
	}
}

// AwaitVersion waits until a version serves.
func (s *Site) AwaitVersion(ctx context.Context, key, version string) (Plugin, error) {
	return s.Await(ctx, key, "ready as "+version, func(p Plugin) bool { return p.State == "ready" && p.Version == version })
}

// AwaitState waits for a state.
func (s *Site) AwaitState(ctx context.Context, key, state string) (Plugin, error) {
	return s.Await(ctx, key, state, func(p Plugin) bool { return p.State == state })
}

// Tenant makes a tenant that signs in with a provider whose plugin is ready, and creates people at their first sign-in.
func (s *Site) Tenant(ctx context.Context, slug, provider string) error {
	if err := s.API(ctx, http.MethodPost, "/tenants", map[string]any{"slug": slug, "name": slug}, nil); err != nil {
		return err
	}
	return s.API(ctx, http.MethodPut, "/tenants/"+slug+"/sso", map[string]any{
		"version": 0, "use_sso": true, "provider": provider, "metadata_url": s.idp.MetadataURL("okta"),
		"create_user_on_first_login": true, "default_roles": []string{"agent"},
		"role_mappings": []map[string]any{{"saml_attribute": "groups", "saml_attribute_value": "readers", "roles": []string{"analyst"}}},
	}, nil)
}

// FetchAgain saves a tenant's settings as they are, so that the metadata is fetched and shown to the plugin again, and returns the codes of the
// warnings.
func (s *Site) FetchAgain(ctx context.Context, slug string) ([]string, error) {
	var now struct {
		Version  int
		Warnings []struct{ Code string }
	}
	path := "/tenants/" + slug + "/sso"
	if err := s.API(ctx, http.MethodGet, path, nil, &now); err != nil {
		return nil, err
	}
	err := s.API(ctx, http.MethodPatch, path, map[string]any{"version": now.Version, "metadata_url": s.idp.MetadataURL("okta")}, &now)
	var codes []string
	for _, w := range now.Warnings {
		codes = append(codes, w.Code)
	}
	return codes, err
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
