package catalog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// Rules of the health checks.
const (
	healthEvery  = 10 * time.Second
	healthLimit  = time.Second // for one answer
	healthMisses = 3           // in a row, after which the process is ended
)

// diagnosis is what the health checks found out about a process.
type diagnosis struct {
	*instance
	reason string
}

// watch asks the process for its health (grpc.health.v1, service "plugin") until it is gone or has left, or tells the unit that it is sick. A
// stopped process, one that hangs and one whose socket is lost look alike from here, and help against all of them is a new one.
func (u *unit) watch(ctx context.Context, i *instance) {
	if i.hangUp != nil {
		return // a debugger's: it may stand still
	}
	tick := time.NewTicker(u.checkup)
	defer tick.Stop()
	for misses := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-i.process.exited:
			return
		case <-i.leaving:
			return
		case <-tick.C:
		}
		err := i.health(ctx)
		if err == nil {
			misses = 0
			continue
		}
		if misses++; misses < healthMisses {
			continue
		}
		found := diagnosis{i, fmt.Sprintf("it did not answer %d health checks in a row and was ended: %s", misses, printable(err.Error()))}
		select {
		case u.sick <- found:
		case <-i.process.exited:
		case <-i.leaving:
		case <-ctx.Done():
		}
		return
	}
}

// health asks once.
func (i *instance) health(ctx context.Context) error {
	protocol, err := i.client.Client()
	if err != nil {
		return err
	}
	c, ok := protocol.(*plugin.GRPCClient)
	if !ok {
		return errors.New("it does not speak gRPC")
	}
	ctx, cancel := context.WithTimeout(ctx, healthLimit)
	defer cancel()
	reply, err := grpc_health_v1.NewHealthClient(c.Conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: plugin.GRPCServiceName})
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("no answer within %s", healthLimit)
	case err != nil:
		return err
	case reply.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING:
		return fmt.Errorf("it says %s", reply.GetStatus())
	}
	return nil
}
