package sso

// ActorKind says in whose name something is done.
type ActorKind string

// The kinds of actor.
const (
	Operator ActorKind = "operator" // runs the deployment, member of no tenant
	APIToken ActorKind = "token"    // a tenant's API token: acts as an administrator of that tenant
	Person   ActorKind = "user"
	System   ActorKind = "system" // the product itself
)

// Actor is who asks. It is an argument of every use case, never hidden in a context.
type Actor struct {
	Kind   ActorKind
	ID     string // user or token ID; "cli" or "token" for the operator
	Tenant TenantID
	Admin  bool // a user with the administrator role
	// Maker is who made an API token, as audit rows name them, "" for others: what the token makes is theirs.
	Maker string
	// Session is the hash of the asking session, "" for tokens: turning SSO on spares the session that saves.
	Session string
	// Language is what the actor's browser speaks, such as "de", "" for English: the mails that the actor causes are written in it.
	Language string
}

// String names the actor in audit rows: "user:u_123", "operator:cli".
func (a Actor) String() string { return string(a.Kind) + ":" + a.ID }

// MayAdminister returns nil when a may read and change tenant t's settings, catalogues and people; else an error with code [NotFound] for
// another tenant's objects, so that their existence does not show, or [Forbidden].
func (a Actor) MayAdminister(op string, t TenantID) error {
	switch {
	case a.Kind == Operator || a.Kind == System:
		return nil
	case a.Tenant != t:
		return Refuse(op, NotFound)
	case a.Kind == APIToken || (a.Kind == Person && a.Admin):
		return nil
	}
	return Refuse(op, Forbidden)
}

// MayOperate returns nil for the operator, else an error with code [Forbidden].
func (a Actor) MayOperate(op string) error {
	if a.Kind == Operator || a.Kind == System {
		return nil
	}
	return Refuse(op, Forbidden)
}
