package wire

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/internal/pb"
)

// Server is the plugin's side of a connection: it takes requests of up to 16 MiB, turns a panic into one failed call, and can be drained.
type Server struct {
	log      *slog.Logger
	grpc     atomic.Pointer[grpc.Server]
	draining chan struct{}
	drain    sync.Once
}

// NewServer returns a server that tells log of panics, and hands it to the provider (sdk.Log) with the request's id.
func NewServer(log *slog.Logger) *Server { return &Server{log: log, draining: make(chan struct{})} }

// GRPC builds the gRPC server; go-plugin calls it once, with options of its own.
func (s *Server) GRPC(opts []grpc.ServerOption) *grpc.Server {
	g := grpc.NewServer(append(opts, grpc.MaxRecvMsgSize(maxTaken), grpc.MaxSendMsgSize(MaxReply),
		grpc.UnaryInterceptor(s.call), grpc.StreamInterceptor(s.stream))...)
	s.grpc.Store(g)
	return g
}

// Drain refuses new calls, lets those in flight end for as long as grace, and stops. It reports whether there was a server to stop.
func (s *Server) Drain(grace time.Duration) bool {
	g := s.grpc.Load()
	if g == nil {
		return false
	}
	s.drain.Do(func() { close(s.draining) })
	graceful := make(chan struct{})
	go func() {
		g.GracefulStop() // waits for handlers that hang, even after Stop
		close(graceful)
	}()
	select {
	case <-graceful:
	case <-time.After(grace):
		g.Stop()
	}
	return true
}

// stream ends the streams of go-plugin (standard output, broker) when the server drains: they stay open as long as the host does, and a graceful
// stop would wait for them. The protocol itself has none.
func (s *Server) stream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ended := make(chan error, 1)
	go func() { ended <- handler(srv, stream) }() // returns by the stream's context at the latest
	select {
	case err := <-ended:
		return err
	case <-s.draining:
		return status.Error(codes.Unavailable, "stopping")
	}
}

// call gives the provider a log that knows the request, and catches its panics.
func (s *Server) call(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (reply any, err error) {
	log := s.log
	if r, ok := req.(interface{ GetContext() *pb.CallContext }); ok {
		log = logOf(log, callFromPB(r.GetContext()))
	}
	defer func() {
		if r := recover(); r != nil {
			log.ErrorContext(ctx, "panic", "method", info.FullMethod, "cause", cause(r), "stack", clip(string(debug.Stack())))
			err = status.Error(codes.Internal, "panic in "+info.FullMethod)
		}
	}()
	return handler(sdk.WithLog(ctx, log), req)
}

// logOf tells of a call in every line.
func logOf(log *slog.Logger, c sdk.Call) *slog.Logger {
	if c.RequestID != "" {
		log = log.With("request_id", c.RequestID)
	}
	if id := c.TraceID(); id != "" {
		log = log.With("trace_id", id)
	}
	return log
}

// cause describes a recovered value without quoting it: it may be made of a person's data. The runtime's own errors are not.
func cause(r any) string {
	if err, ok := r.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", r)
}

// Register serves p on a gRPC server.
func Register(s grpc.ServiceRegistrar, p sdk.Provider) {
	h := &handler{provider: p}
	h.provisioner, _ = p.(sdk.Provisioner)
	pb.RegisterProviderServiceServer(s, h)
}

// handler answers from a provider: convert in, call, convert out.
type handler struct {
	pb.UnimplementedProviderServiceServer
	provider    sdk.Provider
	provisioner sdk.Provisioner // nil if the provider is none
}

func (h *handler) GetManifest(context.Context, *pb.GetManifestRequest) (*pb.GetManifestResponse, error) {
	return &pb.GetManifestResponse{Manifest: manifestToPB(h.provider.Manifest()), Provisioner: h.provisioner != nil}, nil
}

func (h *handler) Metadata(ctx context.Context, r *pb.MetadataRequest) (*pb.MetadataResponse, error) {
	advice, err := h.provider.Metadata(sdk.WithCall(ctx, callFromPB(r.GetContext())), metadataRequestFromPB(r))
	if err != nil {
		return nil, statusOf(err)
	}
	if advice == nil {
		return nil, status.Error(codes.Internal, "neither advice nor an error was returned")
	}
	return adviceToPB(advice), nil
}

func (h *handler) Profile(ctx context.Context, r *pb.ProfileRequest) (*pb.ProfileResponse, error) {
	if h.provisioner == nil {
		return nil, status.Error(codes.Unimplemented, "the provider reads no profiles")
	}
	profile, err := h.provisioner.Profile(sdk.WithCall(ctx, callFromPB(r.GetContext())), profileRequestFromPB(r))
	if err != nil {
		return nil, statusOf(err)
	}
	if profile == nil {
		return nil, status.Error(codes.Internal, "neither a profile nor an error was returned")
	}
	return profileToPB(profile), nil
}
