package saml

import "sync"

// maxCached bounds each cache: some 4 MiB of certificates. A full one starts anew, which costs every connection one parse.
const maxCached = 4096

// cache remembers what was made of some bytes. The key is the bytes themselves: a shorter name for them, kept elsewhere, could be wrong and give
// one tenant another's key. The zero value is ready.
type cache[V any] struct {
	mu   sync.RWMutex
	made map[string]V
}

// get returns what from makes of key. Errors are not remembered.
func (c *cache[V]) get(key []byte, from func([]byte) (V, error)) (V, error) {
	c.mu.RLock()
	v, ok := c.made[string(key)]
	c.mu.RUnlock()
	if ok {
		return v, nil
	}
	v, err := from(key)
	if err != nil {
		return v, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil || len(c.made) >= maxCached {
		c.made = map[string]V{}
	}
	c.made[string(key)] = v
	return v, nil
}
