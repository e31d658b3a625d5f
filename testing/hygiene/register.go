// Package hygiene finds secrets and personal data where they must not be. A [Register] watches the traffic of a suite, so that it knows the cookies,
// tokens, passwords, links, names and messages that were really used, and then searches what the host printed, stored and answered for them. Only
// tests enter.
//
// Three places differ in what they may hold. A log holds none of it. An error page and a problem document hold no secret, and an answer to a
// SAML message no person either. The database holds people, because it is where users, identities and the traces of their logins are
// kept for administrators; it holds no secret as it is.
package hygiene

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Kind says where a text may be.
type Kind int

const (
	// Secret opens something: it may be nowhere.
	Secret Kind = iota
	// Person tells who somebody is: it may be in the database, and on pages for those who may know.
	Person
	// Key is a private key: it may not even be in an answer to those who may do everything.
	Key
)

// Register holds the texts. Its methods may be called at once. The zero value is not usable, see [New].
type Register struct {
	mu    sync.Mutex
	index map[[prefix]byte][]entry
	seen  map[string]bool
	found []string
}

type entry struct {
	kind Kind
	what string // "a cookie"
	text string
}

const (
	prefix = 8  // bytes by which texts are looked up; shorter ones would be found in anything
	long   = 64 // a text from here on is registered in pieces, so that a part of it is found
	piece  = 32
)

// New returns a register that knows what no secret is needed to know: how keys begin.
func New() *Register {
	r := &Register{index: map[[prefix]byte][]entry{}, seen: map[string]bool{}}
	for _, mark := range []string{"-----BEGIN PRIVATE", "-----BEGIN RSA PRIVATE", "-----BEGIN EC PRIVATE", "BADANBgkqhkiG9w0BAQEFAASC"} {
		r.put(entry{Key, "a private key", mark})
	}
	return r
}

// Add registers a text and, unless it is long, its base64 and hexadecimal forms. One of fewer than 8 bytes is left out.
func (r *Register) Add(kind Kind, what, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(text) < prefix || r.seen[text] {
		return
	}
	r.seen[text] = true
	r.put(entry{kind, what, text})
	if len(text) >= long {
		return
	}
	for _, form := range []string{
		base64.RawStdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text)), hex.EncodeToString([]byte(text)),
	} {
		r.put(entry{kind, what + ", encoded", form})
	}
}

func (r *Register) put(e entry) {
	if len(e.text) >= long {
		for start := 0; start+piece <= len(e.text); start += piece {
			r.put(entry{e.kind, "a piece of " + e.what, e.text[start : start+piece]})
		}
		return
	}
	key := [prefix]byte([]byte(e.text[:prefix]))
	if !slices.Contains(r.index[key], e) {
		r.index[key] = append(r.index[key], e)
	}
}

// Search says what of the given kinds a text holds, in a line each: where, what it is, and the line up to it. What was found is not repeated.
func (r *Register) Search(where, text string, kinds ...Kind) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := r.search(where, text, kinds)
	if plain := unescape(text); plain != text {
		found = append(found, r.search(where+" (unescaped)", plain, kinds)...)
	}
	return found
}

func (r *Register) search(where, text string, kinds []Kind) []string {
	var found []string
	for i := 0; i+prefix <= len(text); i++ {
		for _, e := range r.index[[prefix]byte([]byte(text[i:i+prefix]))] {
			if !slices.Contains(kinds, e.kind) || !strings.HasPrefix(text[i:], e.text) {
				continue
			}
			before := text[:i]
			before = before[strings.LastIndexByte(before, '\n')+1:]
			before = before[max(0, len(before)-300):]
			found = append(found, fmt.Sprintf("%s holds %s: %q…", where, e.what, before))
			i += len(e.text) - 1
			break
		}
	}
	return found
}

var octet = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// unescape undoes what addresses and forms do to base64.
func unescape(text string) string {
	return octet.ReplaceAllStringFunc(text, func(escaped string) string {
		plain, err := url.PathUnescape(escaped)
		if err != nil {
			return escaped
		}
		return plain
	})
}

// Texts is how many texts are registered: a search for none proves nothing.
func (r *Register) Texts() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen)
}
