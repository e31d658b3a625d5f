package web

import (
	"context"
	"strings"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

// ListUsers lists users.
func (s *apiServer) ListUsers(ctx context.Context, r api.ListUsersRequestObject) (api.ListUsersResponseObject, error) {
	p, err := page(r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	q, err := userQuery(or(r.Params.Search), string(or(r.Params.Status)), or(r.Params.Role), string(or(r.Params.Sort)))
	if err != nil {
		return nil, err
	}
	q.Page = p
	people, next, err := s.o.Directory.Users(ctx, actorOf(ctx), sso.TenantID(r.Tenant), q)
	if err != nil {
		return nil, err
	}
	list := api.ListUsers200JSONResponse{Items: make([]api.User, len(people)), Next: next}
	for i, person := range people {
		list.Items[i] = s.userDocument(person)
	}
	return list, nil
}

// userQuery reads the filter and the order of a list; sort is an order, with a minus in front for downwards.
func userQuery(search, status, role, sort string) (directory.UserQuery, error) {
	const op = "web.users"
	order, down := strings.CutPrefix(sort, "-")
	q := directory.UserQuery{
		Search: search, Status: sso.Status(status), Role: sso.Key(role), Order: directory.UserOrder(order), Descending: down,
	}
	switch q.Status {
	case "", sso.Invited, sso.Active, sso.Deactivated:
	default:
		return q, sso.Refuse(op, sso.BadRequest, "detail", "status must be invited, active or deactivated")
	}
	if !q.Order.Valid() || (down && order == "") {
		return q, sso.Refuse(op, sso.BadRequest, "detail", "sort must be email, name, created_at or last_login_at, downwards with a minus in front")
	}
	return q, nil
}

// CreateUser adds a user.
func (s *apiServer) CreateUser(ctx context.Context, r api.CreateUserRequestObject) (api.CreateUserResponseObject, error) {
	person, err := s.o.Directory.CreateUser(ctx, actorOf(ctx), sso.TenantID(r.Tenant), directory.NewUser{
		Email: r.Body.Email, Name: or(r.Body.Name), Roles: keys(r.Body.Roles), Inboxes: keys(or(r.Body.Inboxes)),
	})
	if err != nil {
		return nil, err
	}
	at := apiBase + "/tenants/" + string(person.Tenant) + "/users/" + string(person.ID)
	return api.CreateUser201JSONResponse{Body: s.userDocument(person), Headers: api.CreateUser201ResponseHeaders{Location: &at}}, nil
}

// GetUser reads a user.
func (s *apiServer) GetUser(ctx context.Context, r api.GetUserRequestObject) (api.GetUserResponseObject, error) {
	person, err := s.o.Directory.User(ctx, actorOf(ctx), sso.TenantID(r.Tenant), sso.UserID(r.ID))
	if err != nil {
		return nil, err
	}
	return api.GetUser200JSONResponse{
		Body: s.userDocument(person), Headers: api.GetUser200ResponseHeaders{ETag: tag(directory.Revision(person.User))},
	}, nil
}

// UpdateUser changes a user.
func (s *apiServer) UpdateUser(ctx context.Context, r api.UpdateUserRequestObject) (api.UpdateUserResponseObject, error) {
	doc := oneOf(r.JSONBody, r.ApplicationMergePatchPlusJSONBody)
	patch := directory.UserPatch{Email: doc.Email, Name: doc.Name, Status: (*sso.Status)(doc.Status), Expect: untagged(r.Params.IfMatch)}
	if doc.Roles != nil {
		given := keys(*doc.Roles)
		patch.Roles = &given
	}
	if doc.Inboxes != nil {
		given := keys(*doc.Inboxes)
		patch.Inboxes = &given
	}
	person, err := s.o.Directory.UpdateUser(ctx, actorOf(ctx), sso.TenantID(r.Tenant), sso.UserID(r.ID), patch)
	if err != nil {
		return nil, staleAs(err, r.Params.IfMatch)
	}
	return api.UpdateUser200JSONResponse{
		Body: s.userDocument(person), Headers: api.UpdateUser200ResponseHeaders{ETag: tag(directory.Revision(person.User))},
	}, nil
}

// DeleteUser deletes a user.
func (s *apiServer) DeleteUser(ctx context.Context, r api.DeleteUserRequestObject) (api.DeleteUserResponseObject, error) {
	if err := s.o.Directory.DeleteUser(ctx, actorOf(ctx), sso.TenantID(r.Tenant), sso.UserID(r.ID)); err != nil {
		return nil, err
	}
	return api.DeleteUser204Response{}, nil
}

// DeleteIdentities forgets whom a user is at the provider.
func (s *apiServer) DeleteIdentities(ctx context.Context, r api.DeleteIdentitiesRequestObject) (api.DeleteIdentitiesResponseObject, error) {
	if err := s.o.Directory.DeleteIdentities(ctx, actorOf(ctx), sso.TenantID(r.Tenant), sso.UserID(r.ID)); err != nil {
		return nil, err
	}
	return api.DeleteIdentities204Response{}, nil
}

func (s *apiServer) userDocument(p directory.Person) api.User {
	doc := api.User{
		ID: string(p.ID), Email: string(p.Email), Name: p.Name, Roles: texts(p.Roles), Inboxes: texts(p.Inboxes),
		Status: api.UserStatus(p.Status), CreatedAt: p.CreatedAt.UTC(), LastLoginAt: timeOrNull(p.LastLoginAt),
		Identities: make([]api.Identity, len(p.Identities)), Invitation: invitationDocument(s.o.Directory.InvitationOf(p)),
	}
	for i, id := range p.Identities {
		doc.Identities[i] = api.Identity{
			IdpEntityID: id.IDPEntityID, Class: string(id.Class), Value: id.Value, LinkedAt: id.LinkedAt.UTC(),
		}
	}
	return doc
}
