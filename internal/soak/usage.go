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

	GoroutineQuarters []int `json:"quarters_goroutines"` // the same of its goroutines

	pid        int
	this, best series // of the process pid, and the longest one so far
}

// series are the samples of one process: KiB, and numbers of goroutines.
type series struct{ memory, goroutines []int }

// sampleEvery is the time between two looks at the processes.
const sampleEvery = time.Second

// watch samples the servers until ctx is done. A server that is down is passed
// over, and so are all where the system has no /proc.
func watch(ctx context.Context, servers []*site.Server, all []*figures) {
	for {
		for i, s := range servers {
			all[i].sample(ctx, s)
		}
		if pause(ctx, sampleEvery) != nil {
			return
		}
	}
}

func (f *figures) sample(ctx context.Context, s *site.Server) {
	pid := s.PID()
	u, err := site.UsageOf(pid)
	if err != nil {
		return
	}
	n, err := s.Goroutines(ctx)
	if err != nil || pid != s.PID() {
		return
	}
	f.PeakKiB, f.Threads, f.Files = max(f.PeakKiB, u.Peak), max(f.Threads, u.Threads), max(f.Files, u.Files)
	if pid != f.pid {
		f.pid, f.this = pid, series{}
	}
	f.this.memory, f.this.goroutines = append(f.this.memory, u.RSS), append(f.this.goroutines, n)
	if len(f.this.memory) > len(f.best.memory) {
		f.best = f.this
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
