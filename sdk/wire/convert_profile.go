package wire

import (
	"context"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/internal/pb"
)

func profileRequestToPB(ctx context.Context, r *sdk.ProfileRequest) *pb.ProfileRequest {
	return &pb.ProfileRequest{
		Context:     contextToPB(ctx),
		IdpEntityId: r.IDPEntityID,
		NameId:      &pb.NameID{Value: r.NameID.Value, Format: r.NameID.Format},
		Attributes: each(r.Attributes, func(a sdk.Attribute) *pb.Attribute {
			return &pb.Attribute{Name: a.Name, FriendlyName: a.FriendlyName, NameFormat: a.NameFormat, Values: a.Values}
		}),
	}
}

func profileRequestFromPB(r *pb.ProfileRequest) *sdk.ProfileRequest {
	return &sdk.ProfileRequest{
		IDPEntityID: r.GetIdpEntityId(),
		NameID:      sdk.NameID{Value: r.GetNameId().GetValue(), Format: r.GetNameId().GetFormat()},
		Attributes: each(r.GetAttributes(), func(a *pb.Attribute) sdk.Attribute {
			return sdk.Attribute{Name: a.GetName(), FriendlyName: a.GetFriendlyName(), NameFormat: a.GetNameFormat(), Values: a.GetValues()}
		}),
	}
}

func profileToPB(p *sdk.Profile) *pb.ProfileResponse {
	return &pb.ProfileResponse{
		Subject:       valueToPB(p.Subject),
		Email:         valueToPB(p.Email),
		GivenName:     valueToPB(p.GivenName),
		FamilyName:    valueToPB(p.FamilyName),
		DisplayName:   valueToPB(p.DisplayName),
		Groups:        groupsToPB(p.Groups),
		GroupsUnknown: p.GroupsUnknown,
		Problems:      each(p.Problems, problemToPB),
	}
}

func profileFromPB(r *pb.ProfileResponse) *sdk.Profile {
	return &sdk.Profile{
		Subject:       valueFromPB(r.GetSubject()),
		Email:         valueFromPB(r.GetEmail()),
		GivenName:     valueFromPB(r.GetGivenName()),
		FamilyName:    valueFromPB(r.GetFamilyName()),
		DisplayName:   valueFromPB(r.GetDisplayName()),
		Groups:        groupsFromPB(r.GetGroups()),
		GroupsUnknown: r.GetGroupsUnknown(),
		Problems:      each(r.GetProblems(), problemFromPB),
	}
}

func valueToPB(v sdk.Value) *pb.Value {
	if v == (sdk.Value{}) {
		return nil
	}
	return &pb.Value{Text: v.Text, From: v.From, Op: opToPB(v.Op)}
}

func valueFromPB(v *pb.Value) sdk.Value {
	if v == nil {
		return sdk.Value{}
	}
	return sdk.Value{Text: v.GetText(), From: v.GetFrom(), Op: opFromPB(v.GetOp())}
}

// groupsToPB joins neighbours of one origin into a run, order kept.
func groupsToPB(groups []sdk.Value) []*pb.Values {
	var runs []*pb.Values
	for i, v := range groups {
		if i == 0 || v.From != groups[i-1].From || v.Op != groups[i-1].Op {
			runs = append(runs, &pb.Values{From: v.From, Op: opToPB(v.Op)})
		}
		run := runs[len(runs)-1]
		run.Texts = append(run.Texts, v.Text)
	}
	return runs
}

func groupsFromPB(runs []*pb.Values) []sdk.Value {
	var groups []sdk.Value
	for _, run := range runs {
		op := opFromPB(run.GetOp())
		for _, text := range run.GetTexts() {
			groups = append(groups, sdk.Value{Text: text, From: run.GetFrom(), Op: op})
		}
	}
	return groups
}

// An Op outside the list becomes none, which derives nothing: the host refuses the value.
func opToPB(o sdk.Op) pb.Op { return ops[o] }

func opFromPB(number pb.Op) sdk.Op {
	for op, n := range ops {
		if n == number {
			return op
		}
	}
	return ""
}

var ops = map[sdk.Op]pb.Op{
	sdk.OpAsIs:  pb.Op_OP_AS_IS,
	sdk.OpTrim:  pb.Op_OP_TRIM,
	sdk.OpLower: pb.Op_OP_LOWER,
	sdk.OpSplit: pb.Op_OP_SPLIT,

	sdk.OpSplitCommas:     pb.Op_OP_SPLIT_COMMAS,
	sdk.OpSplitSemicolons: pb.Op_OP_SPLIT_SEMICOLONS,
}
