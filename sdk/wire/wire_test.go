package wire_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-plugin"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

// fake answers what it was given and keeps what it was asked.
type fake struct {
	manifest sdk.Manifest
	metadata func(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error)
}

func (f fake) Manifest() sdk.Manifest { return f.manifest }

func (f fake) Metadata(ctx context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	return f.metadata(ctx, r)
}

type provisioningFake struct {
	fake
	profile func(context.Context, *sdk.ProfileRequest) (*sdk.Profile, error)
}

func (f provisioningFake) Profile(ctx context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	return f.profile(ctx, r)
}

func loopback(t *testing.T, p sdk.Provider) sdk.Provider {
	t.Helper()
	client, stop, err := wire.Loopback(t.Context(), p, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(stop)
	return client
}

// full fills every field of a struct, so that a field which is added to the contract and forgotten in the conversions turns the test red.
func full[T any](t *testing.T) T {
	t.Helper()
	var v T
	n := 0
	fill(reflect.ValueOf(&v).Elem(), &n)
	return v
}

func fill(v reflect.Value, n *int) {
	*n++
	switch v.Interface().(type) {
	case sdk.Op:
		v.SetString(string([]sdk.Op{sdk.OpAsIs, sdk.OpTrim, sdk.OpLower, sdk.OpSplit, sdk.OpSplitCommas, sdk.OpSplitSemicolons}[*n%6]))
		return
	case sdk.Severity:
		v.SetString(string([]sdk.Severity{sdk.SeverityError, sdk.SeverityWarning, sdk.SeverityInfo}[*n%3]))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("Ünïcode %d 🜁", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte{0xff, 0xfe, 0, byte(*n)})
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			fill(field, n)
		}
	default:
		panic("the contract has a new kind of field: " + v.Kind().String())
	}
}

func TestEveryFieldCrossesTheWire(t *testing.T) {
	t.Parallel()
	call := full[sdk.Call](t)
	wantMetadata, wantProfile := full[sdk.MetadataRequest](t), full[sdk.ProfileRequest](t)
	advice, profile := full[sdk.MetadataAdvice](t), full[sdk.Profile](t)
	p := provisioningFake{fake: fake{manifest: full[sdk.Manifest](t)}}
	p.metadata = func(ctx context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
		if sdk.CallOf(ctx) != call || !reflect.DeepEqual(*r, wantMetadata) {
			return nil, errors.New("the request changed on its way")
		}
		return &advice, nil
	}
	p.profile = func(ctx context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
		if sdk.CallOf(ctx) != call || !reflect.DeepEqual(*r, wantProfile) {
			return nil, errors.New("the request changed on its way")
		}
		return &profile, nil
	}

	client := loopback(t, p)
	ctx := sdk.WithCall(t.Context(), call)
	require.Equal(t, p.manifest, client.Manifest())
	gotAdvice, err := client.Metadata(ctx, &wantMetadata)
	require.NoError(t, err)
	require.Equal(t, &advice, gotAdvice)
	gotProfile, err := client.(sdk.Provisioner).Profile(ctx, &wantProfile)
	require.NoError(t, err)
	require.Equal(t, &profile, gotProfile)
}

func TestZeroValuesCrossTheWire(t *testing.T) {
	t.Parallel()
	p := provisioningFake{
		fake: fake{metadata: func(_ context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
			if !reflect.DeepEqual(*r, sdk.MetadataRequest{}) {
				return nil, errors.New("the request changed on its way")
			}
			return &sdk.MetadataAdvice{}, nil
		}},
		profile: func(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
			if !reflect.DeepEqual(*r, sdk.ProfileRequest{}) {
				return nil, errors.New("the request changed on its way")
			}
			return &sdk.Profile{}, nil
		},
	}
	client := loopback(t, p)
	require.Equal(t, sdk.Manifest{}, client.Manifest())
	advice, err := client.Metadata(t.Context(), &sdk.MetadataRequest{})
	require.NoError(t, err)
	require.Equal(t, &sdk.MetadataAdvice{}, advice)
	profile, err := client.(sdk.Provisioner).Profile(t.Context(), &sdk.ProfileRequest{})
	require.NoError(t, err)
	require.Equal(t, &sdk.Profile{}, profile)
}

func TestGroupsKeepTheirOrderAndOrigins(t *testing.T) {
	t.Parallel()
	want := []sdk.Value{
		{Text: "a", From: "groups", Op: sdk.OpAsIs},
		{Text: "b", From: "groups", Op: sdk.OpAsIs},
		{Text: "c", From: "groups", Op: sdk.OpSplit},
		{Text: "", From: "memberOf", Op: sdk.OpSplit},
		{Text: "a", From: "groups", Op: sdk.OpAsIs},
		{Text: "made up", From: "groups", Op: ""},
	}
	p := provisioningFake{profile: func(context.Context, *sdk.ProfileRequest) (*sdk.Profile, error) {
		return &sdk.Profile{Groups: want}, nil
	}}
	got, err := loopback(t, p).(sdk.Provisioner).Profile(t.Context(), &sdk.ProfileRequest{})
	require.NoError(t, err)
	require.Equal(t, want, got.Groups)
}

func TestTenThousandGroupsOfALongNameFitTheReply(t *testing.T) {
	t.Parallel()
	attribute := sdk.Attribute{Name: "http://schemas.example.org/" + strings.Repeat("identity/", 12) + "groups"}
	for i := range 10_000 {
		attribute.Values = append(attribute.Values, fmt.Sprintf("group-%05d", i))
	}
	p := provisioningFake{profile: func(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
		return &sdk.Profile{Groups: r.Attributes.All(attribute.Name)}, nil
	}}
	got, err := loopback(t, p).(sdk.Provisioner).Profile(t.Context(), &sdk.ProfileRequest{Attributes: sdk.Attributes{attribute}})
	require.NoError(t, err)
	require.Len(t, got.Groups, 10_000)
}

// A million groups are no reply, however short they are: an empty text takes two bytes.
func TestAMillionGroupsAreTooLarge(t *testing.T) {
	t.Parallel()
	million := make([]sdk.Value, 1_000_000)
	p := provisioningFake{profile: func(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
		if r.NameID.Value == "few" {
			return &sdk.Profile{Groups: million[:500_000]}, nil
		}
		return &sdk.Profile{Groups: million}, nil
	}}
	client := loopback(t, p).(sdk.Provisioner)
	_, err := client.Profile(t.Context(), &sdk.ProfileRequest{})
	var failure *wire.Failure
	require.ErrorAs(t, err, &failure)
	require.Equal(t, wire.TooLarge, failure.Kind)
	got, err := client.Profile(t.Context(), &sdk.ProfileRequest{NameID: sdk.NameID{Value: "few"}})
	require.NoError(t, err, "twin: what fits the reply is read")
	require.Len(t, got.Groups, 500_000)
}

func TestOnlyAServedProvisionerIsAProvisioner(t *testing.T) {
	t.Parallel()
	_, is := loopback(t, fake{}).(sdk.Provisioner)
	require.False(t, is)
	_, is = loopback(t, provisioningFake{}).(sdk.Provisioner)
	require.True(t, is)
}

func TestFailures(t *testing.T) {
	t.Parallel()
	const personal = "ada@example.com"
	for name, c := range map[string]struct {
		metadata func(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error)
		request  sdk.MetadataRequest
		want     string
		kind     wire.Kind
		is       error
	}{
		"an error of the provider": {
			metadata: func(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
				return nil, errors.New(personal)
			},
			want: "metadata: refused", kind: wire.Refused,
		},
		"a coded error": {
			metadata: func(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
				return nil, fmt.Errorf("reading: %w", &sdk.Error{Code: "acme.odd", Err: errors.New(personal)})
			},
			want: "metadata: refused (acme.odd)", kind: wire.Refused,
		},
		"a code that is none": {
			metadata: func(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
				return nil, &sdk.Error{Code: personal}
			},
			want: "metadata: refused", kind: wire.Refused,
		},
		"a panic": {
			metadata: func(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) { panic(personal) },
			want:     "metadata: faulty", kind: wire.Faulty,
		},
		"no answer and no error": {
			metadata: func(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) { return nil, nil },
			want:     "metadata: faulty", kind: wire.Faulty,
		},
		"the deadline": {
			metadata: func(ctx context.Context, _ *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			},
			want: "metadata: late", kind: wire.Late, is: context.DeadlineExceeded,
		},
		"a reply above the limit": {
			metadata: func(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
				return &sdk.MetadataAdvice{EntityID: strings.Repeat("x", wire.MaxReply)}, nil
			},
			want: "metadata: too_large", kind: wire.TooLarge,
		},
		"a request above the limit": {
			request: sdk.MetadataRequest{Document: make([]byte, wire.MaxRequest)},
			want:    "metadata: too_large", kind: wire.TooLarge,
		},
		"a reply that is no text": {
			metadata: func(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
				return &sdk.MetadataAdvice{EntityID: "\xff"}, nil
			},
			want: "metadata: faulty", kind: wire.Faulty,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := loopback(t, fake{metadata: c.metadata})
			ctx := t.Context()
			if c.kind == wire.Late {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 20*time.Millisecond)
				defer cancel()
			}
			advice, err := client.Metadata(ctx, &c.request)
			require.Nil(t, advice)
			require.EqualError(t, err, c.want)
			var failure *wire.Failure
			require.ErrorAs(t, err, &failure)
			require.Equal(t, c.kind, failure.Kind)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
		})
	}
}

func TestAFailureKeepsThePluginsWordsWithinBounds(t *testing.T) {
	t.Parallel()
	client := loopback(t, fake{metadata: func(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
		return nil, errors.New(strings.Repeat("ü", 1<<20))
	}})
	_, err := client.Metadata(t.Context(), &sdk.MetadataRequest{})
	var failure *wire.Failure
	require.ErrorAs(t, err, &failure)
	require.Equal(t, strings.Repeat("ü", 512), failure.Text)
}

func TestAPanicCostsOneCallAndSaysNothingPersonal(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	calls := 0
	p := fake{metadata: func(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
		if calls++; calls == 1 {
			panic(errors.New("no address in ada@example.com"))
		}
		return &sdk.MetadataAdvice{}, nil
	}}
	client, stop, err := wire.Loopback(t.Context(), p, slog.New(slog.NewJSONHandler(&log, nil)))
	require.NoError(t, err)
	_, err = client.Metadata(t.Context(), &sdk.MetadataRequest{})
	require.Error(t, err)
	_, err = client.Metadata(t.Context(), &sdk.MetadataRequest{})
	require.NoError(t, err)
	stop()
	require.Contains(t, log.String(), `"cause":"*errors.errorString"`)
	require.Contains(t, log.String(), "wire_test.go")
	require.NotContains(t, log.String(), "ada@example.com")
}

func TestTheHandshakeOffersThisVersion(t *testing.T) {
	t.Parallel()
	require.EqualValues(t, wire.Version, wire.Handshake().ProtocolVersion)
	require.Contains(t, wire.VersionedPlugins(nil)[wire.Version], wire.Name)
	require.ErrorContains(t, func() error {
		_, err := wire.VersionedPlugins(nil)[wire.Version][wire.Name].Server(nil)
		return err
	}(), "net/rpc")
}

// TestWhyThereIsNoManifestIsSaidInFull, where other calls keep what is said of them to themselves.
func TestWhyThereIsNoManifestIsSaidInFull(t *testing.T) {
	t.Parallel()
	conn, err := grpc.NewClient("unix:"+filepath.Join(t.TempDir(), "nobody"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	host, ok := wire.VersionedPlugins(nil)[wire.Version][wire.Name].(plugin.GRPCPlugin)
	require.True(t, ok)
	_, err = host.GRPCClient(t.Context(), nil, conn)
	var failure *wire.Failure
	require.ErrorAs(t, err, &failure)
	require.Equal(t, "manifest: down", failure.Error())
	require.ErrorContains(t, err, "manifest: down: ")
	require.ErrorContains(t, err, "no such file or directory")
}
