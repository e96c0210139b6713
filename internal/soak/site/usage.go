package site

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Usage is what a process uses, as /proc/PID tells.
type Usage struct {
	RSS     int // VmRSS, KiB
	Peak    int // VmHWM, KiB
	Threads int
	Files   int // open descriptors
}

// Usage reads what the process uses now. It fails where there is no /proc, and
// when no process runs.
func (s *Server) Usage() (Usage, error) {
	dir := filepath.Join("/proc", strconv.Itoa(s.PID()))
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
