// Package arch holds the table of rooms, and the tests that keep the tree to it: who may import whom, how long a file may
// be, that every package says what it is for. Nobody may enter; it watches.
package arch

import (
	"fmt"
	"path"
	"strings"
)

// Module is the path under which every room is imported.
const Module = "github.com/idplug/idplug"

// Room is one row of the table: a folder with Go files, or several alike.
type Room struct {
	// Path is a path.Match pattern on the folder, from the root of the module.
	Path string
	// Is says what the room is for, in one line.
	Is string
	// Own are patterns of the rooms whose packages non-test code may import. A room always reaches itself.
	Own []string
	// TestOwn are patterns that tests may import besides Own and testing/*.
	TestOwn []string
	// ThirdParty are the modules non-test code may import. Tests may import any.
	ThirdParty []string
	// NoStd are packages of the standard library, with all below them, that non-test code must do without.
	NoStd []string
	// Any lifts every import rule: the room is no part of the product.
	Any bool
}

// Third parties that several rooms share, under one name each.
const (
	goPlugin = "github.com/hashicorp/go-plugin"
	hclog    = "github.com/hashicorp/go-hclog"
	grpc     = "google.golang.org/grpc"
	protobuf = "google.golang.org/protobuf"
	details  = "google.golang.org/genproto/googleapis/rpc" // grpc's own error details
)

// pure is what core does without: it decides, others fetch, store, print and serve.
var pure = []string{"net/http", "database/sql", "os", "log"}

// leaves are rooms that any host room may use.
var leaves = []string{"host/seal", "host/telemetry"}

// shim is entered by those who start programs, and by the door, which must be able to become one.
const shim = "host/sandbox"

// House is the whole table. A folder that no row matches is a violation, and so is an import that its row does not list.
var House = []Room{
	{Path: "core/sso", Is: "nouns and rules: Settings, Connection, Mapping, Assertion, Profile, User, Problem, Error; the Provider port", NoStd: pure},
	{Path: "core/settings", Is: "use case: read and save a tenant's SSO settings, test, preview", Own: []string{"core/sso"}, TestOwn: []string{"core/*"}, NoStd: pure},
	{Path: "core/login", Is: "use case: sign in, sign out", Own: []string{"core/sso"}, TestOwn: []string{"core/*"}, NoStd: pure},
	{Path: "core/directory", Is: "use case: tenants, users, roles, inboxes, invitations", Own: []string{"core/sso"}, TestOwn: []string{"core/*"}, NoStd: pure},

	{Path: "sdk", Is: "the contract a vendor implements: types and interfaces"},
	{Path: "sdk/internal/pb", Is: "code generated from sdk/proto; the compiler lets only sdk/… import it", ThirdParty: []string{grpc, protobuf}},
	{
		Path: "sdk/wire", Is: "both halves of the protocol, side by side, and the conversions",
		Own: []string{"sdk", "sdk/internal/pb"}, TestOwn: []string{"sdk/serve", "sdk/sdktest"}, ThirdParty: []string{goPlugin, grpc, details},
	},
	{
		Path: "sdk/serve", Is: "a plugin's main: `serve.Main(p)`",
		Own: []string{"sdk", "sdk/wire"}, TestOwn: []string{"sdk/sdktest"}, ThirdParty: []string{goPlugin, hclog},
	},
	{
		Path: "sdk/sdktest", Is: "in-process harness and the conformance suite",
		Own: []string{"sdk", "sdk/wire"}, TestOwn: []string{"sdk/serve"}, ThirdParty: []string{goPlugin, hclog},
	},
	{Path: "plugins/*", Is: "adapts one provider, written exactly as a stranger would write it", Own: []string{"sdk"}, TestOwn: []string{"sdk/sdktest"}},

	{
		Path: "host/web", Is: "HTTP: routes, sessions, problem documents, the console's pages",
		Own: append([]string{"core/*", "host/web/api"}, leaves...),
		ThirdParty: []string{
			"github.com/labstack/echo/v4", "github.com/go-json-experiment/json",
			"github.com/oapi-codegen/runtime",
		},
	},
	{
		Path: "host/web/api", Is: "the API's types and routes, generated from its OpenAPI file",
		ThirdParty: []string{
			"github.com/labstack/echo/v4", "github.com/go-json-experiment/json",
			"github.com/oapi-codegen/runtime",
		},
	},
	{
		Path: "host/saml", Is: "the SAML flow: requests, verification, SP metadata, guarded fetch and parse of IdP metadata",
		Own: append([]string{"core/*", "host/saml/signedxml", "host/saml/xmlenc"}, leaves...), ThirdParty: []string{"github.com/crewjam/saml", "github.com/beevik/etree"},
	},
	{Path: "host/saml/signedxml", Is: "scans XML once, canonicalises and checks signatures on that one tree"},
	{Path: "host/saml/xmlenc", Is: "opens encrypted elements of that tree", Own: []string{"host/saml/signedxml"}},
	{
		Path: "host/store", Is: "persistence: row structs, migrations, PostgreSQL and SQLite",
		Own: append([]string{"core/*"}, leaves...),
		ThirdParty: []string{
			"gorm.io/gorm", "gorm.io/driver/postgres", "gorm.io/driver/sqlite",
			"github.com/jackc/pgx/v5", "modernc.org/sqlite", "github.com/pressly/goose/v3",
		},
	},
	{
		Path: "host/catalog", Is: "finds, verifies, starts, watches, replaces plugins; presents each as an `sso.Provider`",
		Own: append([]string{"core/*", "sdk", "sdk/wire", shim}, leaves...),
		ThirdParty: []string{
			goPlugin, hclog, grpc, "github.com/fsnotify/fsnotify", "golang.org/x/sys", "golang.org/x/time",
		},
	},
	{
		Path: "host/mail", Is: "sends queued mail", Own: append([]string{"core/*"}, leaves...),
		ThirdParty: []string{"github.com/wneessen/go-mail"},
	},
	{Path: "host/seal", Is: "seals secrets and hashes passwords: a leaf any host room may use", ThirdParty: []string{"github.com/alexedwards/argon2id"}},
	{
		Path: "host/sandbox", Is: "runs a program shut in, and says what it tried: a leaf, for those who start programs",
		ThirdParty: []string{"github.com/landlock-lsm/go-landlock", "golang.org/x/sys", "golang.org/x/time"},
	},
	{Path: "host/telemetry", Is: "metrics: a leaf any host room may use", ThirdParty: []string{"github.com/prometheus/client_golang"}},
	{
		Path: "host", Is: "reads Config, wires the rooms: New, Run, Handler, Close",
		Own: []string{"core/*", "host/*"}, ThirdParty: []string{"github.com/knadh/koanf", "github.com/spf13/pflag", "golang.org/x/sync"},
	},

	{
		Path: "cmd/idplug", Is: "the door: `serve` and the operator's commands",
		Own: []string{"core/*", "host", shim, "sdk/sdktest", "sdk/wire"}, ThirdParty: []string{"github.com/spf13/cobra", "github.com/spf13/pflag"},
	},
	{Path: "cmd/idplug-provider-*", Is: "a plugin's door, one statement", Own: []string{"sdk/serve", "plugins/*"}},
	{Path: "cmd/devidp", Is: "the development identity provider's door", Any: true},
	{Path: "testing/*", Is: "every kind of test; nothing but tests and `cmd/devidp` may import it", Any: true},
	{Path: "testing/*/*", Is: "a part of the test room above it", Any: true},
}

// roomOf returns the row of a folder, or nil when it lies in no room.
func roomOf(house []Room, dir string) *Room {
	for i := range house {
		if matches(house[i].Path, dir) {
			return &house[i]
		}
	}
	return nil
}

func matches(pattern, dir string) bool {
	ok, err := path.Match(pattern, dir)
	return err == nil && ok
}

// Markdown prints the table for docs/explanation/architecture.md.
func Markdown(house []Room) string {
	var b strings.Builder
	b.WriteString("| room | is | may import (ours) | third party | not even |\n|---|---|---|---|---|\n")
	for _, room := range house {
		own, third := list(room.Own), list(room.ThirdParty)
		if room.Any {
			own, third = "any", "any"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", room.Path, room.Is, own, third, list(room.NoStd))
	}
	return b.String()
}

func list(names []string) string {
	if len(names) == 0 {
		return "–"
	}
	return "`" + strings.Join(names, "`, `") + "`"
}
