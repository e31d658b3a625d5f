package saml_test

import (
	"bytes"
	"errors"
	"slices"
)

// fakeSealer seals by naming purpose and aad in front of the turned text: it opens nothing that was moved.
type fakeSealer struct{}

func (fakeSealer) Seal(purpose string, aad, plain []byte) ([]byte, error) {
	turned := bytes.Clone(plain)
	slices.Reverse(turned)
	return bytes.Join([][]byte{[]byte(purpose), aad, turned}, []byte{'\n'}), nil
}

func (fakeSealer) Open(purpose string, aad, sealed []byte) ([]byte, error) {
	turned, ok := bytes.CutPrefix(sealed, bytes.Join([][]byte{[]byte(purpose), aad, nil}, []byte{'\n'}))
	if !ok {
		return nil, errors.New("sealed for something else")
	}
	plain := bytes.Clone(turned)
	slices.Reverse(plain)
	return plain, nil
}
