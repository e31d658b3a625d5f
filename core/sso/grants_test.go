package sso_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/score"
)

// TestRule10_NobodyIsGrantedWhatNoRowNames tries mappings against very many assertions, a million for the scoreboard: a role comes from a row whose
// attribute and value are there to the byte, or is a default where none matches.
func TestRule10_NobodyIsGrantedWhatNoRowNames(t *testing.T) {
	t.Parallel()
	n, least := 20_000, ">= 20000"
	if score.Full() {
		n, least = 1_000_000, ">= 1000000"
	}
	random, roles := rand.New(rand.NewPCG(1, 2)), sso.DefaultRoles()
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	names := []string{"groups", "Groups", "email", "role", ""}
	values := []string{"admin", "admin ", "Admin", "ADMIN", "admin\u200b", "аdmin", "admin,user", `["admin"]`, "administrator", "platform_admin", "user", "", "ada@example.com"}
	keys := []sso.Key{"administrator", "agent", "analyst", "task_user", "unknown"}
	wrong := 0
	for range n {
		m := sso.Mapping{Defaults: []sso.Key{"analyst"}}
		for range random.IntN(5) {
			m.Rows = append(m.Rows, sso.Row{Attribute: pick(names), Value: pick(values), Grant: []sso.Key{keys[random.IntN(len(keys))]}})
		}
		var e sso.Evidence
		for range random.IntN(4) {
			e.Attributes = append(e.Attributes, sso.Attribute{Name: pick(names), FriendlyName: pick(names), Values: []string{pick(values), pick(values)}})
		}
		may := m.Defaults
		if rows := matching(m, e); len(rows) > 0 {
			may = nil
			for _, i := range rows {
				may = append(may, m.Rows[i].Grant...)
			}
		}
		for _, k := range m.Resolve(e, roles).Keys {
			if !slices.Contains(may, k) || roles.Index(k) < 0 {
				wrong++
				t.Errorf("%s is granted by %+v to %+v", k, m, e)
			}
		}
	}
	score.Report(t, "evidence that mappings were tried against", float64(n), least)
	score.Report(t, "roles granted without a row", float64(wrong), "= 0")
}
