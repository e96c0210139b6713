package site

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process uses, as /proc/PID tells.
type Usage struct {
	RSS     int // VmRSS, KiB
	Peak    int // VmHWM, KiB
	Threads int
	Files   int // open descriptors
}

// UsageOf reads what a process uses now. It fails where there is no /proc, and
// when the process does not run.
func UsageOf(pid int) (Usage, error) {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return Usage{}, err
	}
	files, err := os.ReadDir(filepath.Join(dir, "fd"))
	if err != nil {
		return Usage{}, err
	}
	u, err := parseStatus(string(status))
	u.Files = len(files)
	return u, err
}

// askTime bounds a question for the number of goroutines.
const askTime = 5 * time.Second

// Goroutines asks the process, at the address for Prometheus, how many
// goroutines it has.
func (s *Server) Goroutines(ctx context.Context) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Metrics+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	req.Close = true // nothing of it is to stay open in the server
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	return parseGoroutines(resp.Body)
}

func parseGoroutines(r io.Reader) (int, error) {
	in := bufio.NewScanner(r)
	for in.Scan() {
		if value, ok := strings.CutPrefix(in.Text(), "go_goroutines "); ok {
			return strconv.Atoi(value)
		}
	}
	return 0, errors.Join(errors.New("the metrics have no go_goroutines"), in.Err())
}

func parseStatus(status string) (Usage, error) {
	var u Usage
	fields := map[string]*int{"VmRSS": &u.RSS, "VmHWM": &u.Peak, "Threads": &u.Threads}
	found := 0
	for line := range strings.Lines(status) {
		name, value, _ := strings.Cut(line, ":")
		to := fields[name]
		if to == nil {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
		if err != nil {
			return u, fmt.Errorf("process status: %w", err)
		}
		*to = n
		found++
	}
	if found != len(fields) {
		return u, fmt.Errorf("process status has %d of the %d lines wanted", found, len(fields))
	}
	return u, nil
}
