package storetest_test

import (
	"testing"

	"github.com/idplug/idplug/testing/memstore"
	"github.com/idplug/idplug/testing/storetest"
)

func TestMemstoreKeepsTheContract(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Store { return memstore.New() })
}
