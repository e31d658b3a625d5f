package vectors

import (
	"fmt"
	"strings"
)

// replaceAll gives another message.
func replaceAll(text string) edit { return func(Base, string) (string, error) { return text, nil } }

func prepend(what string) edit {
	return func(_ Base, text string) (string, error) { return what + text, nil }
}

// counted repeats a format with the numbers from 0.
func counted(format string, n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, format, i)
	}
	return out.String()
}
