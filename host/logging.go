package host

import (
	"io"
	"log/slog"
	"os"
)

// NewLogger makes the process's logger: text for people at a terminal, JSON for machines, unless the configuration says which.
func NewLogger(c Config, out io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo // the configuration was checked
	}
	options := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" || (c.LogFormat == "" && !isTerminal(out)) {
		return slog.New(slog.NewJSONHandler(out, options))
	}
	return slog.New(slog.NewTextHandler(out, options))
}

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
