package web

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

const (
	flowPurpose = "flow"
	// maxFlows is how many logins one browser may have under way: tabs that a restored window opens at once.
	maxFlows = 5
)

// flowID is the form of the IDs we give; RelayState is anybody's text until it has it.
var flowID = regexp.MustCompile(`^[A-Za-z0-9_-]{16,64}$`)

// keepFlow gives the browser the login under way, and takes away the oldest ones beyond maxFlows. The value is "<expiry>.<sealed>"; the
// expiry outside only serves to find the oldest.
func (s *Server) keepFlow(c echo.Context, f login.Flow) error {
	sealed, err := s.sealFlow(flowPurpose, f.Tenant, f.ID, f)
	if err != nil {
		return err
	}
	for _, name := range s.surplusFlows(c) {
		s.dropCookie(c, name, crossPost)
	}
	value := strconv.FormatInt(f.Expires.Unix(), 10) + "." + sealed
	s.setCookie(c, flowCookie+f.ID, value, login.FlowTTL, crossPost)
	return nil
}

// surplusFlows are the flow cookies that have to go before another one is set, oldest first.
func (s *Server) surplusFlows(c echo.Context) []string {
	type kept struct {
		name    string
		expires int64
	}
	var flows []kept
	for _, cookie := range c.Cookies() {
		if name, ok := strings.CutPrefix(cookie.Name, s.cookieName(flowCookie)); ok && flowID.MatchString(name) {
			at, _, _ := strings.Cut(cookie.Value, ".")
			expires, _ := strconv.ParseInt(at, 10, 64) // not ours: 0, the oldest
			flows = append(flows, kept{flowCookie + name, expires})
		}
	}
	slices.SortStableFunc(flows, func(a, b kept) int { return cmp.Compare(a.expires, b.expires) })
	var surplus []string
	for _, f := range flows[:max(0, len(flows)-maxFlows+1)] {
		surplus = append(surplus, f.name)
	}
	return surplus
}

// flow is the login under way that RelayState names, nil when this browser has none of that tenant.
func (s *Server) flow(c echo.Context, t sso.TenantID, id string) *login.Flow {
	if !flowID.MatchString(id) {
		return nil
	}
	_, sealed, _ := strings.Cut(s.cookie(c, flowCookie+id), ".")
	var f login.Flow
	if !s.openFlow(flowPurpose, t, id, sealed, &f) || f.ID != id {
		return nil
	}
	return &f
}

// answerDue tells whether this browser has a login under way whose first answer did not come yet.
func (s *Server) answerDue(c echo.Context, t sso.TenantID) bool {
	return s.due(c, flowCookie, s.answers, func(id string) bool { return s.flow(c, t, id) != nil })
}

// due tells whether the browser has a cookie of this kind that is ours, and whose first message did not come yet.
func (s *Server) due(c echo.Context, kind string, l limits, ours func(id string) bool) bool {
	return slices.ContainsFunc(c.Cookies(), func(cookie *http.Cookie) bool {
		id, named := strings.CutPrefix(cookie.Name, s.cookieName(kind))
		return named && l.account.wait(id) == 0 && ours(id)
	})
}

// sealFlow seals what a browser keeps for us while it is at the provider.
func (s *Server) sealFlow(purpose string, t sso.TenantID, id string, f any) (string, error) {
	plain, err := json.Marshal(f)
	if err != nil {
		return "", err
	}
	sealed, err := s.o.Seal.Seal(purpose, flowBinding(t, id), plain)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// openFlow opens what sealFlow sealed for the same purpose, tenant and ID.
func (s *Server) openFlow(purpose string, t sso.TenantID, id, encoded string, into any) bool {
	sealed, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || len(sealed) == 0 {
		return false
	}
	plain, err := s.o.Seal.Open(purpose, flowBinding(t, id), sealed)
	return err == nil && json.Unmarshal(plain, into) == nil
}

// flowBinding makes a sealed flow worthless under another name and at another tenant.
func flowBinding(t sso.TenantID, id string) []byte { return []byte(string(t) + "\x00" + id) }

// send keeps the flow and sends the browser to the provider.
func (s *Server) send(c echo.Context, started login.Started) error {
	if err := s.keepFlow(c, started.Flow); err != nil {
		return err
	}
	if started.Request.Form != nil {
		return s.postPage(c, started.Request)
	}
	// 303 turns a POST, of which this may be the answer, into a GET (RFC 9110 15.4.4).
	return c.Redirect(redirectStatus(c), started.Request.URL)
}

func redirectStatus(c echo.Context) int {
	if c.Request().Method == http.MethodPost {
		return http.StatusSeeOther
	}
	return http.StatusFound
}
