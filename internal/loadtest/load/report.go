package load

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// Latency holds percentiles by nearest rank.
type Latency struct {
	P50 time.Duration `json:"p50"`
	P90 time.Duration `json:"p90"`
	P99 time.Duration `json:"p99"`
	Max time.Duration `json:"max"`
}

func percentiles(d []time.Duration) Latency {
	if len(d) == 0 {
		return Latency{}
	}
	slices.Sort(d)
	rank := func(p int) time.Duration { return d[max((len(d)*p+99)/100, 1)-1] }
	return Latency{P50: rank(50), P90: rank(90), P99: rank(99), Max: d[len(d)-1]}
}

// Print writes results as a table, one line each.
func Print(w io.Writer, results []Result) error {
	if _, err := fmt.Fprintf(w, "%-24s %8s %8s %8s %10s %10s %10s %10s\n",
		"server", "acked", "failed", "per s", "p50", "p90", "p99", "max"); err != nil {
		return err
	}
	for _, r := range results {
		if _, err := fmt.Fprintf(w, "%-24s %8d %8d %8.0f %10v %10v %10v %10v\n", r.Addr, r.Acknowledged, r.Failed, r.PerSecond,
			short(r.Latency.P50), short(r.Latency.P90), short(r.Latency.P99), short(r.Latency.Max)); err != nil {
			return err
		}
		if r.FirstError != "" {
			if _, err := fmt.Fprintf(w, "  first error: %s\n", r.FirstError); err != nil {
				return err
			}
		}
	}
	return nil
}

func short(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
