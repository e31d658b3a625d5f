package score

// Tried is what one long run by hand tried, and measured by it. The scoreboard sums the counts up, and keeps the figures of the latest run.
type Tried struct {
	Counts  map[string]int64 `json:"counts"`
	Figures []Figure         `json:"figures"`
}
