package store

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

func TestTargetCacheIsBounded(t *testing.T) {
	c := newTargetCache(3, 1<<20)
	put := func(id sso.TenantID, xml int) {
		_, _, epoch := c.get(id)
		c.put(id, targetCopy{target: login.Target{Connection: sso.Connection{MetadataXML: strings.Repeat("x", xml)}}}, epoch)
	}
	has := func(id sso.TenantID) bool {
		_, ok, _ := c.get(id)
		return ok
	}
	for i := range 100 {
		put(sso.TenantID(fmt.Sprint("t", i)), 10)
		require.LessOrEqual(t, len(c.byID), 3)
		require.Equal(t, len(c.byID), c.used.Len())
	}
	require.True(t, has("t97") && has("t98") && has("t99"))
	has("t97") // used last, so that the next one to go is t98
	put("a", 10)
	require.True(t, has("t97"))
	require.False(t, has("t98"))

	put("big", 900_000)
	require.LessOrEqual(t, c.bytes, 1<<20)
	require.True(t, has("big"))
	put("bigger", 900_000)
	require.False(t, has("big"))
	put("too big", 2<<20)
	require.False(t, has("too big"))
	require.True(t, has("bigger"))

	for _, id := range []sso.TenantID{"a", "t97", "t99", "bigger"} {
		c.drop(id)
	}
	require.Zero(t, c.bytes)
	require.Empty(t, c.byID)
}

func TestTargetCacheTakesNoCopyReadBeforeADrop(t *testing.T) {
	c := newTargetCache(3, 1<<20)
	_, _, epoch := c.get("acme")
	c.drop("acme")
	c.put("acme", targetCopy{}, epoch)
	_, ok, _ := c.get("acme")
	require.False(t, ok)
}
