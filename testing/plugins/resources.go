package plugins

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// Resources is what the server holds, by its own metrics. Memory is resident, in bytes.
type Resources struct {
	Memory, Goroutines, Files int
}

// Resources asks the server, with no connection of a browser left open.
func (s *Site) Resources(ctx context.Context) (Resources, error) {
	connections.CloseIdleConnections()
	http.DefaultClient.CloseIdleConnections()
	var r Resources
	for name, into := range map[string]*int{"process_resident_memory_bytes": &r.Memory, "go_goroutines": &r.Goroutines, "process_open_fds": &r.Files} {
		series, err := s.Metric(ctx, name)
		if err != nil {
			return r, err
		}
		*into = int(series[name])
	}
	return r, nil
}

// Metric returns the series of one of the server's metrics, by name and labels as they are printed. One that has none is an error.
func (s *Site) Metric(ctx context.Context, metric string) (map[string]float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Host.URL+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	series := map[string]float64{}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if name != metric && !strings.HasPrefix(name, metric+"{") {
			continue
		}
		if series[name], err = strconv.ParseFloat(value, 64); err != nil {
			return nil, fmt.Errorf("metric %s: %w", name, err)
		}
	}
	if len(series) == 0 && lines.Err() == nil {
		return nil, fmt.Errorf("the server has no metric %s", metric)
	}
	return series, lines.Err()
}

// Resident is the resident memory of a process in bytes.
func Resident(pid int) (int, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	var size, resident int
	_, err = fmt.Sscan(string(statm), &size, &resident)
	return resident * os.Getpagesize(), err
}
