package sdktest

import (
	"errors"
	"sync"
)

// together runs ask from sixteen goroutines, a few times each.
func together(ask func() error) error {
	const callers, times = 16, 4
	errs := make([]error, callers)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			for range times {
				errs[i] = errors.Join(errs[i], ask())
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err // they will be alike
		}
	}
	return nil
}
