package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/testing/badplugin"
)

// provider reads the attributes id, email, firstName, lastName and groups, and does so properly unless its mode is about that.
type provider struct{ badplugin.Binary }

func (p provider) Manifest() sdk.Manifest {
	m := sdk.Manifest{
		Key: p.Key, Name: "Bad", Version: p.Version, Vendor: "The idplug authors",
		Capabilities: sdk.Capabilities{MetadataURL: true, JIT: true, ForceAuthn: true},
		Guide:        []sdk.GuideStep{{Title: "Enter", Text: "{acs_url} and {entity_id}"}},
		AttributeHints: []sdk.AttributeHint{
			{Name: "email", Label: "Email", For: sdk.FieldEmail, Example: badplugin.Example},
			{Name: "groups", Label: "Groups", For: sdk.FieldGroups, Example: "Support"},
		},
	}
	if p.Mode == badplugin.FalseManifest {
		m.Key = "somebody-else"
	}
	return m
}

func (p provider) Metadata(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	advice := &sdk.MetadataAdvice{}
	if p.Mode == badplugin.HugeReply {
		advice.EntityID = strings.Repeat("x", 1<<20) // and see repeating
	}
	if p.Mode == badplugin.BadStderrJSON {
		spoilLog()
	}
	return advice, nil
}

func (p provider) Profile(ctx context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	profile := &sdk.Profile{
		Subject: r.Attributes.First("id"), Email: r.Attributes.First("email").Lower(),
		GivenName: r.Attributes.First("firstName"), FamilyName: r.Attributes.First("lastName"), Groups: r.Attributes.All("groups"),
	}
	if (r.Attributes.First("email").Text == badplugin.Example) != (p.Mode == badplugin.FailsExample) {
		return profile, nil
	}
	return profile, p.spoil(ctx, r, profile)
}

// kept is what Grows never lets go.
var kept [][]byte

func (p provider) spoil(ctx context.Context, r *sdk.ProfileRequest, profile *sdk.Profile) error {
	switch p.Mode {
	case badplugin.Slow:
		time.Sleep(300 * time.Millisecond)
	case badplugin.HangOnProfile:
		stay()
	case badplugin.StopsItself:
		if err := syscall.Kill(os.Getpid(), syscall.SIGSTOP); err != nil {
			return err
		}
		stay() // the signal takes a moment to arrive
	case badplugin.Grows:
		more := make([]byte, 64<<20)
		for i := 0; i < len(more); i += os.Getpagesize() {
			more[i] = 1 // what nobody touches costs nothing
		}
		kept = append(kept, more)
	case badplugin.StdoutFlood:
		_, err := stdout.Write(bytes.Repeat([]byte("x"), 256<<10))
		return err
	case badplugin.Refuses, badplugin.FailsExample:
		return &sdk.Error{Code: "bad.refuses"}
	case badplugin.PanicOnProfile:
		panic("as ordered")
	case badplugin.CrashOnProfile:
		go panic("as ordered")
		time.Sleep(time.Second)
	case badplugin.InventedValue:
		profile.Email = sdk.Value{Text: "administrator@example.com", From: "email", Op: sdk.OpAsIs}
	case badplugin.InventedName:
		profile.Subject = sdk.Value{Text: "administrator@example.com", From: sdk.FromNameID, Op: sdk.OpAsIs}
	case badplugin.HugeProfile:
		profile.DisplayName = sdk.Value{Text: strings.Repeat("x", 1<<20), From: "firstName", Op: sdk.OpAsIs} // and see repeating
	case badplugin.Garbled:
		garble.Store(true)
	case badplugin.Escapes:
		escapes(p.Address)
	case badplugin.LogsValues:
		sdk.Log(ctx).InfoContext(ctx, "profile", "email", r.Attributes.First("email").Text)
	default: // the fault is elsewhere
	}
	return nil
}
