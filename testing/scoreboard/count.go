package main

import (
	"encoding/json"
	"os"
	"time"
)

// counted is what one run cannot measure, summed up over runs. It is committed.
type counted struct {
	Since string           `json:"since"`
	Last  string           `json:"last"`
	Fuzz  map[string]int64 `json:"fuzz_inputs"` // by target
}

// countedFile stands beside this program.
const countedFile = "testing/scoreboard/counted.json"

func readCounted(path string) (counted, error) {
	c := counted{Fuzz: map[string]int64{}}
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(text, &c)
}

// add sums a run up and writes the file.
func (c counted) add(path string, tried map[string]int64, now time.Time) error {
	for target, n := range tried {
		c.Fuzz[target] += n
	}
	c.Last = now.UTC().Format(time.DateOnly)
	if c.Since == "" {
		c.Since = c.Last
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}

func (c counted) inputs() (sum int64) {
	for _, n := range c.Fuzz {
		sum += n
	}
	return sum
}
