package wire

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/internal/pb"
)

// NewClient asks the other side for its manifest and returns it as a provider, which is an [sdk.Provisioner] exactly if the served one is. Every
// error, here and of the provider's methods, is a [*Failure].
func NewClient(ctx context.Context, conn grpc.ClientConnInterface) (sdk.Provider, error) {
	c := client{rpc: pb.NewProviderServiceClient(conn)}
	reply, err := c.rpc.GetManifest(traced(ctx), &pb.GetManifestRequest{Context: contextToPB(ctx)})
	if err != nil {
		return nil, failure("manifest", err)
	}
	c.manifest = manifestFromPB(reply.GetManifest())
	if reply.GetProvisioner() {
		return provisioningClient{c}, nil
	}
	return c, nil
}

// client is a provider on the other side of a connection.
type client struct {
	manifest sdk.Manifest
	rpc      pb.ProviderServiceClient
}

// Manifest returns what the plugin said at the start; it makes no call.
func (c client) Manifest() sdk.Manifest { return c.manifest }

func (c client) Metadata(ctx context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	reply, err := c.rpc.Metadata(traced(ctx), metadataRequestToPB(ctx, r))
	if err != nil {
		return nil, failure("metadata", err)
	}
	return adviceFromPB(reply), nil
}

// provisioningClient is a client whose provider reads profiles, too.
type provisioningClient struct{ client }

func (c provisioningClient) Profile(ctx context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	reply, err := c.rpc.Profile(traced(ctx), profileRequestToPB(ctx, r))
	if err != nil {
		return nil, failure("profile", err)
	}
	return profileFromPB(reply), nil
}

// traced puts the trace where tracers of other languages look for it, besides the message, which plugins read.
func traced(ctx context.Context) context.Context {
	if c := sdk.CallOf(ctx); c.TraceID() != "" { // anything else may be no header
		return metadata.AppendToOutgoingContext(ctx, "traceparent", c.Traceparent)
	}
	return ctx
}
