package vectors

import (
	"slices"
	"strings"
	"sync"
)

// sorted puts vectors that were made from a map in order.
func sorted(list []Vector) []Vector {
	slices.SortFunc(list, func(a, b Vector) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// All are all vectors, in the same order every time.
func All() []Vector {
	var list []Vector
	for _, f := range []struct {
		file string
		make func() []Vector
	}{
		{"accepted", accepted},
		{"form", forms},
		{"gate", gates},
		{"markup", markups},
		{"signature", signatures},
		{"reused", reused},
		{"wrapping", wrappings},
		{"flip", flips},
		{"envelope", envelopes},
		{"assertion", assertions},
		{"subject", subjects},
		{"spelling", spellings},
		{"conditions", conditions},
		{"moment", moments},
		{"bomb", bombs},
		{"bounds", bounds},
		{"encryption", encryptions},
	} {
		for _, v := range f.make() {
			v.source = "testing/vectors/" + f.file + ".go"
			list = append(list, v)
		}
	}
	return list
}

// Samples are the first vector of every code and kind: for who has no time for all.
func Samples() []Vector {
	seen := map[string]bool{}
	return slices.DeleteFunc(All(), func(v Vector) bool {
		key := string(v.Code) + v.Kind()
		had := seen[key]
		seen[key] = v.Code != "" // all that are accepted
		return had
	})
}

// Kept holds sound documents of one [Base] by their kind.
type Kept struct {
	mu   sync.Mutex
	docs map[string]string
}

func (k *Kept) get(kind string, sign func() (string, error)) (string, error) {
	if k == nil {
		return sign()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if doc, ok := k.docs[kind]; ok {
		return doc, nil
	}
	doc, err := sign()
	if err != nil {
		return "", err
	}
	if k.docs == nil {
		k.docs = map[string]string{}
	}
	k.docs[kind] = doc
	return doc, nil
}
