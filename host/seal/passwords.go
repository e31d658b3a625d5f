package seal

import (
	"context"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"
)

// cost is three times the memory of OWASP's recommended minimum for argon2id (19 MiB, two passes, one lane) at the same number of passes:
// guessing on graphics cards is bound by memory. One lane keeps a hash on one core, so that all of them together never take more cores than
// there are places.
var cost = argon2id.Params{Memory: 64 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const (
	// atOnce is how many hashes run at the same time: anonymous sign-ins cost at most two cores and 128 MiB.
	atOnce = 2
	// maxWait is how long a hash waits for its turn. Beyond it a person would have gone, and the queue would only grow.
	maxWait = 5 * time.Second
)

// Passwords hashes and compares passwords with argon2id, slowly on purpose and few at a time. It is safe for concurrent use.
type Passwords struct {
	places chan struct{}
	busy   error
	nobody string // a hash that no password has
}

// NewPasswords makes a hasher. busy is what Hash and Verify return when none of the places came free in time; the caller brings its own
// error, because this room knows none of the product's codes.
func NewPasswords(busy error) (*Passwords, error) {
	nobody, err := argon2id.CreateHash(Token(), &cost)
	if err != nil {
		return nil, fmt.Errorf("seal: password: %w", err)
	}
	return &Passwords{places: make(chan struct{}, atOnce), busy: busy, nobody: nobody}, nil
}

// Hash makes the text to keep: algorithm, parameters, salt and hash in the PHC form.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	hash, err := argon2id.CreateHash(password, &cost)
	if err != nil {
		return "", fmt.Errorf("seal: password: %w", err)
	}
	return hash, nil
}

// Verify reports whether the password is the one of hash. An empty hash, of somebody who has no password or does not exist, takes as long as
// a real one and is always false, so that time tells nobody who has an account. An error means that hash is no hash of ours, or busy.
func (p *Passwords) Verify(ctx context.Context, hash, password string) (bool, error) {
	if err := p.enter(ctx); err != nil {
		return false, err
	}
	defer p.leave()
	known := hash != ""
	if !known {
		hash = p.nobody
	}
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("seal: password: %w", err)
	}
	return match && known, nil
}

func (p *Passwords) enter(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	select {
	case p.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return p.busy
	}
}

func (p *Passwords) leave() { <-p.places }
