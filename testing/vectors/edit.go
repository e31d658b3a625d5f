package vectors

import (
	"fmt"
	"strings"
)

// edit changes a text, or fails when there is nothing to change: a vector that changes nothing would prove nothing.
type edit func(b Base, text string) (string, error)

// swap replaces the first old by what is fresh.
func swap(old, fresh string) edit {
	return func(_ Base, text string) (string, error) {
		if !strings.Contains(text, old) {
			return "", fmt.Errorf("no %q in the message", old)
		}
		return strings.Replace(text, old, fresh, 1), nil
	}
}

// after puts what directly behind the first mark.
func after(mark, what string) edit { return swap(mark, mark+what) }

// before puts what directly in front of the first mark.
func before(mark, what string) edit { return swap(mark, what+mark) }

// drop takes out everything from the first from up to and with the next to.
func drop(from, to string) edit { return exchange(from, to, "") }

// exchange replaces everything from the first from up to and with the next to.
func exchange(from, to, with string) edit {
	return func(_ Base, text string) (string, error) {
		found, err := part(text, from, to)
		if err != nil {
			return "", err
		}
		return strings.Replace(text, found, with, 1), nil
	}
}

// addressed gives our address in an attribute another value.
func addressed(attribute string, value func(Base) string) edit {
	return func(b Base, text string) (string, error) {
		return swap(` `+attribute+`="`+b.SP.ACSURL+`"`, ` `+attribute+`="`+value(b)+`"`)(b, text)
	}
}

// theirACS is the address of another tenant, which is there like ours.
func (b Base) theirACS() string { return b.OtherSP.ACSURL }

// part is the text from the first from up to and with the next to.
func part(text, from, to string) (string, error) {
	_, rest, ok := strings.Cut(text, from)
	inner, _, closed := strings.Cut(rest, to)
	if !ok || !closed {
		return "", fmt.Errorf("no %q … %q in the message", from, to)
	}
	return from + inner + to, nil
}
