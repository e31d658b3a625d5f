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
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Host.URL+"/metrics", nil)
	if err != nil {
		return Resources{}, err
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return Resources{}, err
	}
	defer response.Body.Close()
	var r Resources
	wanted := map[string]*int{"process_resident_memory_bytes": &r.Memory, "go_goroutines": &r.Goroutines, "process_open_fds": &r.Files}
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		into, ok := wanted[name]
		if !ok {
			continue
		}
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return r, fmt.Errorf("metric %s: %w", name, err)
		}
		*into = int(number)
		delete(wanted, name)
	}
	if len(wanted) > 0 {
		return r, fmt.Errorf("the server's metrics lack %d of those that are asked for", len(wanted))
	}
	return r, nil
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
