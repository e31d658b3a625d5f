package sdk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
)

const secret = "ada@example.com"

func TestPersonalDataIsNotPrintedByAccident(t *testing.T) {
	t.Parallel()
	request := sdk.ProfileRequest{
		NameID:     sdk.NameID{Value: secret, Format: sdk.NameIDEmail},
		Attributes: sdk.Attributes{{Name: "email", Values: []string{secret}}},
	}
	value := request.Attributes.First("email")
	profile := sdk.Profile{Email: value, Groups: []sdk.Value{value}}

	for _, subject := range []any{
		request, &request, request.NameID, request.Attributes, request.Attributes[0], &request.Attributes[0],
		value, &value, profile, &profile,
		map[string]any{"request": request},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			printed := fmt.Sprintf(verb, subject)
			require.NotContains(t, printed, secret, "%s of %T", verb, subject)
			require.NotContains(t, printed, fmt.Sprintf("%x", secret), "%s of %T", verb, subject)
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("seen", "it", subject)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("seen", "it", subject)
		require.NotContains(t, log.String(), secret, "slog of %T", subject)
		require.Contains(t, log.String(), "***", "slog of %T", subject)
	}
}

func TestFixturesCanBeReadFromJSON(t *testing.T) {
	t.Parallel()
	var request sdk.ProfileRequest
	const fixture = `{"NameID":{"Value":"u1"},"Attributes":[{"Name":"email","Values":["` + secret + `"]}]}`
	require.NoError(t, json.Unmarshal([]byte(fixture), &request))
	require.Equal(t, "u1", request.NameID.Value)
	require.Equal(t, secret, request.Attributes.First("email").Text)
}
