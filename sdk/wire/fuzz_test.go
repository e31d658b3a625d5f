package wire

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/internal/pb"
)

// FuzzDecode reads any bytes as each message that one side may send the other. Nothing panics, and what was read once is written and read as the same.
func FuzzDecode(f *testing.F) {
	for _, m := range []proto.Message{
		manifestToPB(sdk.Manifest{Key: "okta", Guide: []sdk.GuideStep{{Title: "a", Text: "b"}}, AttributeHints: []sdk.AttributeHint{{Name: "n", For: "email"}}}),
		adviceToPB(&sdk.MetadataAdvice{EntityID: "e", Problems: []sdk.Problem{{Severity: sdk.SeverityWarning, Code: "c"}}, Request: sdk.RequestHints{AuthnContexts: []string{"x"}}}),
		profileToPB(&sdk.Profile{Subject: sdk.Value{Text: "a", From: "b", Op: sdk.OpTrim}, Groups: []sdk.Value{{Text: "a"}, {Text: "b"}, {Text: "c", Op: sdk.OpLower}}}),
		&pb.ProfileResponse{Groups: []*pb.Values{{}, {Op: 99, Texts: []string{"x"}}}, Email: &pb.Value{Op: -1}},
		&pb.MetadataResponse{Problems: []*pb.Problem{{Severity: 99}}},
		&pb.ProfileRequest{NameId: &pb.NameID{Value: "a"}, Attributes: []*pb.Attribute{{Name: "a", Values: []string{"b"}}}},
	} {
		seed, err := proto.Marshal(m)
		require.NoError(f, err)
		f.Add(seed)
	}
	f.Add([]byte{0xff})
	f.Add([]byte{0x0a, 0x01, 0xff})                                                                      // a text that is none
	f.Add(append(bytes.Repeat([]byte{0xa3, 0x06}, 20_000), bytes.Repeat([]byte{0xa4, 0x06}, 20_000)...)) // groups of wire type 3, one in another, of a field 100 that nobody knows
	f.Add(bytes.Repeat([]byte{0x32, 0x02, 0x0a, 0x00}, 10_000))                                          // as many runs of groups with one empty text each
	f.Fuzz(func(t *testing.T, data []byte) {
		if m := new(pb.Manifest); proto.Unmarshal(data, m) == nil {
			got := manifestFromPB(m)
			require.Equal(t, got, manifestFromPB(manifestToPB(got)))
		}
		if m := new(pb.MetadataResponse); proto.Unmarshal(data, m) == nil {
			got := adviceFromPB(m)
			require.Equal(t, got, adviceFromPB(adviceToPB(got)))
		}
		if m := new(pb.ProfileResponse); proto.Unmarshal(data, m) == nil {
			got := profileFromPB(m)
			require.Equal(t, got, profileFromPB(profileToPB(got)))
		}
		if m := new(pb.ProfileRequest); proto.Unmarshal(data, m) == nil {
			got := profileRequestFromPB(m)
			require.Equal(t, got, profileRequestFromPB(profileRequestToPB(t.Context(), got)))
		}
		if m := new(pb.MetadataRequest); proto.Unmarshal(data, m) == nil {
			got := metadataRequestFromPB(m)
			require.Equal(t, got, metadataRequestFromPB(metadataRequestToPB(t.Context(), got)))
		}
	})
}
