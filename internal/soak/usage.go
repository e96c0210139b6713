package main

import (
	"context"
	"slices"
	"time"

	"domigo/internal/soak/site"
)

// figures are what the processes of a server used.
type figures struct {
	Server     string `json:"server"`
	Starts     int    `json:"starts"`
	PeakKiB    int    `json:"peak_kib"`     // highest VmHWM of any process
	EndKiB     int    `json:"end_kib"`      // VmRSS when all is delivered
	Threads    int    `json:"threads"`      // highest
	Files      int    `json:"files"`        // highest number of open descriptors
	EndFiles   int    `json:"end_files"`    // of open descriptors, when all is delivered
	Goroutines int    `json:"goroutines"`   // when all is delivered
	Quarters   []int  `json:"quarters_kib"` // median VmRSS in each quarter of the life of the process that lived longest under load
	LifeS      int    `json:"life_s"`       // of that process, in samples of a second

	pid    int
	series []int // of the process pid
	best   []int // the longest series so far
}

// sampleEvery is the time between two looks at the processes.
const sampleEvery = time.Second

// watch samples the servers until ctx is done. A server that is down is passed
// over, and so are all where the system has no /proc.
func watch(ctx context.Context, servers []*site.Server, all []*figures) {
	for {
		for i, s := range servers {
			all[i].sample(s)
		}
		if pause(ctx, sampleEvery) != nil {
			return
		}
	}
}

func (f *figures) sample(s *site.Server) {
	pid := s.PID()
	u, err := s.Usage()
	if err != nil || pid != s.PID() {
		return
	}
	f.PeakKiB, f.Threads, f.Files = max(f.PeakKiB, u.Peak), max(f.Threads, u.Threads), max(f.Files, u.Files)
	if pid != f.pid {
		f.pid, f.series = pid, nil
	}
	f.series = append(f.series, u.RSS)
	if len(f.series) > len(f.best) {
		f.best = f.series
	}
}

// quarters gives the medians of the four quarters of a series.
func quarters(series []int) []int {
	if len(series) < 4 {
		return nil
	}
	out := make([]int, 4)
	for i := range out {
		part := slices.Sorted(slices.Values(series[i*len(series)/4 : (i+1)*len(series)/4]))
		out[i] = part[len(part)/2]
	}
	return out
}
