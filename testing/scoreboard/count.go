package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/idplug/idplug/testing/score"
)

// counted is what one run cannot measure, summed up over runs. It is committed.
type counted struct {
	Since string           `json:"since"`
	Last  string           `json:"last"`
	Fuzz  map[string]int64 `json:"fuzz_inputs"`   // by target
	Soak  int64            `json:"soak_requests"` // of soaks in which every answer was right

	Plugins map[string]int64 `json:"plugins"`        // what was done to plugins, in runs in which every count held
	Figures []score.Figure   `json:"plugin_figures"` // of the latest of them

	targets []target // that there are, whether they were fuzzed or not
}

// countedFile stands beside this program.
const countedFile = "testing/scoreboard/counted.json"

func readCounted(path string) (counted, error) {
	c := counted{Fuzz: map[string]int64{}, Plugins: map[string]int64{}}
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(text, &c)
}

// count sums a run up in the tree's file.
func count(root string, add func(*counted)) error {
	path := filepath.Join(root, countedFile)
	c, err := readCounted(path)
	if err != nil {
		return err
	}
	add(&c)
	return c.write(path, time.Now())
}

func (c counted) write(path string, now time.Time) error {
	c.Last = now.UTC().Format(time.DateOnly)
	if c.Since == "" {
		c.Since = c.Last
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false) // targets have a "<" for people to read
	if err := e.Encode(c); err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o600)
}

// tried adds inputs by target.
func (c *counted) tried(inputs map[string]int64) {
	for target, n := range inputs {
		c.Fuzz[target] += n
	}
}

func (c counted) inputs() (sum int64, note string) {
	for _, n := range c.Fuzz {
		sum += n
	}
	return sum, ""
}

// least is what the target tried that was fuzzed least, which a sum of all does not show.
func (c counted) least() (inputs int64, name string) {
	for i, t := range c.targets {
		if n := c.Fuzz[t.String()]; i == 0 || n < inputs {
			inputs, name = n, t.String()
		}
	}
	return inputs, name
}
