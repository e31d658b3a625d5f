package web

import (
	"context"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

// InviteUser sends a user an invitation.
func (s *apiServer) InviteUser(ctx context.Context, r api.InviteUserRequestObject) (api.InviteUserResponseObject, error) {
	person, err := s.o.Directory.Invite(ctx, actorOf(ctx), sso.TenantID(r.Tenant), sso.UserID(r.ID))
	if err != nil {
		return nil, err
	}
	return api.InviteUser202JSONResponse(s.userDocument(person)), nil
}

// InviteUsers sends one to everybody who still needs it.
func (s *apiServer) InviteUsers(ctx context.Context, r api.InviteUsersRequestObject) (api.InviteUsersResponseObject, error) {
	n, err := s.o.Directory.InviteRest(ctx, actorOf(ctx), sso.TenantID(r.Tenant))
	if err != nil {
		return nil, err
	}
	return api.InviteUsers202JSONResponse{Invited: n}, nil
}

func invitationDocument(i directory.PersonInvitation) api.Invitation {
	doc := api.Invitation{State: api.InvitationState(i.State), ExpiresAt: timeOrNull(i.Expires), Error: mailError(i.Error), QueuedAt: timeOrNull(i.Queued), SentAt: timeOrNull(i.Sent)}
	return doc
}

// mailError is nil for none.
func mailError(e directory.MailError) *api.MailError {
	if e.Code == "" {
		return nil
	}
	text := sso.TextOf(e.Code)
	return &api.MailError{Code: string(e.Code), Summary: text.Summary, Fix: text.Fix, Detail: e.Detail}
}
