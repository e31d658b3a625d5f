package mutation

import "strings"

// room is a package of the tree.
type room struct {
	dir   string
	files []string // that are changed; none: all
	tests []string // packages whose tests are to notice, beside its own
}

// verifier are the rooms that judge messages.
func verifier() []room {
	whole := []string{"host/saml"}
	return []room{
		{"host/saml", []string{
			"assertion.go", "attributes.go", "authentication.go", "conditions.go", "confirmation.go", "encryption.go", "envelope.go", "form.go",
			"logout_read.go", "logout_redirect.go", "message.go", "response.go", "signature.go", "structure.go", "subject.go", "value.go",
		}, nil},
		{"host/saml/signedxml", nil, whole},
		{"host/saml/xmlenc", nil, whole},
	}
}

// provisioning are the rooms that say who a verified message is about, and what it gives.
func provisioning() []room {
	return []room{
		{"core/sso", []string{
			"assertion.go", "attributes.go", "catalogue.go", "mapping.go", "profile.go", "subject.go", "sync.go", "user.go",
		}, []string{"core/login"}},
		{"core/login", []string{"finish.go", "grants.go", "person.go", "signin.go", "subject.go"}, nil},
	}
}

// admission are the rooms that judge what is not in a message: browsers, flows, tenants, people, links.
func admission() []room {
	return []room{
		{"core/sso", []string{
			"actor.go", "assertion.go", "catalogue.go", "connection.go", "id.go", "kept.go", "logout.go", "mapping.go", "profile.go", "sync.go", "tenant.go", "user.go",
		}, []string{"core/login"}},
		{"core/login", nil, nil},
		{"core/directory", []string{"link.go"}, nil},
		{"host/web", doorkeeper, nil},
	}
}

// doorkeeper are the files of the HTTP room that let requests in, or do not: forms, cookies, limits, and who may ask.
var doorkeeper = []string{
	"acs.go", "actor.go", "console.go", "cookie.go", "flow.go", "form.go", "limit.go", "link.go", "places.go", "returnto.go", "session.go", "slo.go", "test.go",
}

// judged tells whether the vectors try the room.
func (r room) judged() bool { return strings.HasPrefix(r.dir, judge) }
