// Command run tries the ways of ESCAPE, which are separated by spaces, and prints a line for each. At "wait" it waits for its end.
package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/idplug/idplug/testing/escape"
)

func main() {
	if os.Getenv("ESCAPED") != "" {
		fmt.Println("escaped")
		return
	}
	for attempt := range strings.FieldsSeq(os.Getenv("ESCAPE")) {
		if attempt == "wait" {
			time.Sleep(time.Hour)
		}
		got, err := escape.Try(attempt)
		fmt.Printf("%s: got %q, %v\n", attempt, got, err)
	}
}
