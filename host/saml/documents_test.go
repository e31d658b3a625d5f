package saml

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAFetchMayTakeTenSeconds: an administrator waits for it, and a server that is slow on purpose holds one of our connections no longer.
func TestAFetchMayTakeTenSeconds(t *testing.T) {
	require.Equal(t, 10*time.Second, new(Documents).within())
	require.Equal(t, time.Minute, (&Documents{Within: time.Minute}).within())
}
