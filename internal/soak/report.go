package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"domigo/internal/soak/site"
)

// report is what a run came to.
type report struct {
	Seed         uint64      `json:"seed"`
	Seconds      float64     `json:"seconds"` // of load and faults
	DrainSeconds float64     `json:"drain_seconds"`
	Acknowledged int         `json:"acknowledged"`
	PerSecond    float64     `json:"per_second"`
	Streams      []streamRow `json:"streams"`
	Events       []event     `json:"events"`
	Reloads      int         `json:"reloads"`
	Boxes        []boxAudit  `json:"boxes"`
	Lost         int         `json:"lost"`
	Damaged      int         `json:"damaged"`
	Unconfirmed  int         `json:"unconfirmed"` // delivered although the reply was lost
	Duplicates   duplicates  `json:"duplicates"`
	Foreign      int         `json:"foreign"` // messages in the Maildirs that were not sent: reports
	Servers      []*figures  `json:"servers"`
	OwnPeakKiB   int         `json:"own_peak_kib"` // highest VmHWM of this command
	DiskMiB      int64       `json:"disk_mib"`     // most that the folder of the run had in it, at the looks
	Violations   []string    `json:"violations"`
}

type streamRow struct {
	Name         string `json:"name"`
	Acknowledged int    `json:"acknowledged"`
	Failed       int    `json:"failed"`
}

// report audits what is left in the Maildirs, and holds all that was found
// against the ledgers. Everything that is not as it must be becomes a violation.
func (r *run) report(elapsed, drained time.Duration, use []*figures) (*report, error) {
	p := &report{Seed: r.o.seed, Seconds: elapsed.Seconds(), DrainSeconds: drained.Seconds(), Acknowledged: r.acked.get(),
		Events: r.events, Servers: use, Duplicates: duplicates{ByKind: map[string]int{}}}
	p.DiskMiB = r.most >> 20
	for _, n := range r.reloads {
		p.Reloads += n
	}
	if u, err := site.UsageOf(os.Getpid()); err == nil { // not where there is no /proc
		p.OwnPeakKiB = u.Peak
	}
	p.PerSecond = float64(p.Acknowledged) / p.Seconds
	for _, s := range r.all {
		p.Streams = append(p.Streams, streamRow{s.name, s.acknowledged, s.failed})
		if s.failed > 0 {
			r.violated("%s: %d messages were refused for good, or not taken within %v; the first trouble was %q", s.name, s.failed, givenUp, s.first)
		}
	}
	if err := r.audit.sweep(0); err != nil {
		return nil, err
	}
	boxes, err := r.audit.compare()
	if err != nil {
		return nil, err
	}
	p.Boxes = boxes
	for _, b := range r.audit.boxes {
		p.Foreign += b.foreign
		p.Duplicates.explain(r.audit.twice(b), r.eventsFor(b))
	}
	r.judge(p)
	p.Violations = r.violations
	return p, nil
}

// eventsFor gives the faults that may leave a copy in a Maildir: all but those of
// the sink, which sends nothing, at a site.
func (r *run) eventsFor(b *box) []event {
	if b.dir == r.house.sink.dir {
		return r.events
	}
	return slices.DeleteFunc(slices.Clone(r.events), func(e event) bool { return e.Server == sinkName })
}

// judge makes violations of what the audit found.
func (r *run) judge(p *report) {
	for _, b := range p.Boxes {
		p.Lost, p.Damaged, p.Unconfirmed = p.Lost+len(b.Lost), p.Damaged+len(b.Damaged), p.Unconfirmed+b.Unconfirmed
		if len(b.Lost) > 0 {
			r.violated("%s: %d acknowledged messages are lost: %s", b.Box, len(b.Lost), some(b.Lost))
		}
		if len(b.Damaged) > 0 {
			r.violated("%s: %d messages are not as they were sent: %s", b.Box, len(b.Damaged), some(b.Damaged))
		}
	}
	if n := len(p.Duplicates.Unexplained); n > 0 {
		r.violated("%d duplicates are outside the window that a fault leaves: %s", n, some(p.Duplicates.Unexplained))
	}
	if p.Unconfirmed > 0 && len(p.Events) == 0 {
		r.violated("%d messages came that were not acknowledged, and nothing went wrong on the way", p.Unconfirmed)
	}
	if r.o.reload && p.Seconds > (reloadsWithin*reloadEvery).Seconds() {
		for _, s := range r.house.servers() {
			for _, t := range reloads() {
				if r.reloads[s.Name+" "+t.task] == 0 {
					r.violated("no configuration update was taken by %s %s", s.Name, t.task)
				}
			}
		}
	}
	if p.Foreign > 0 {
		r.violated("%d reports came where nothing should have failed", p.Foreign)
	}
}

// some names the first of many.
func some(ids []string) string {
	const enough = 10
	if len(ids) > enough {
		return strings.Join(ids[:enough], ", ") + ", ..."
	}
	return strings.Join(ids, ", ")
}

// print writes the report as a table.
func (p *report) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d messages acknowledged in %.0f s (%.0f per second), queues empty %.1f s later, %d configuration updates\n\n",
		p.Seed, p.Acknowledged, p.Seconds, p.PerSecond, p.DrainSeconds, p.Reloads)
	fmt.Fprintf(&b, "%-22s %10s %10s %6s %8s %11s %12s\n", "Maildir", "expected", "delivered", "lost", "damaged", "duplicates", "unconfirmed")
	for _, x := range p.Boxes {
		fmt.Fprintf(&b, "%-22s %10d %10d %6d %8d %11d %12d\n", x.Box, x.Acknowledged, x.Delivered, len(x.Lost), len(x.Damaged), x.Duplicates, x.Unconfirmed)
	}
	p.printEvents(&b)
	p.printServers(&b)
	d := p.Duplicates
	fmt.Fprintf(&b, "\nlost %d, damaged %d, duplicates %d (unexplained %d, most of one fault %d, widest window %.0f s)\n",
		p.Lost, p.Damaged, d.Count, len(d.Unexplained), d.MostOfOne, d.WidestS)
	for _, v := range p.Violations {
		fmt.Fprintf(&b, "VIOLATION: %s\n", v)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printServers lists what the processes used: of memory and goroutines the
// medians of the quarters of the longest life.
func (p *report) printServers(b *strings.Builder) {
	fmt.Fprintf(b, "\n%-8s %7s %9s %9s %8s %6s %10s %15s  %-24s %s\n", "server", "starts", "peak MiB", "end MiB", "threads", "files", "end files",
		"end goroutines", "MiB in the quarters", "goroutines in the quarters")
	for _, f := range p.Servers {
		var memory []int
		for _, q := range f.Quarters {
			memory = append(memory, q>>10)
		}
		fmt.Fprintf(b, "%-8s %7d %9d %9d %8d %6d %10d %15d  %-24s %s (%d s)\n", f.Server, f.Starts, f.PeakKiB>>10, f.EndKiB>>10, f.Threads, f.Files,
			f.EndFiles, f.Goroutines, fmt.Sprint(memory), fmt.Sprint(f.GoroutineQuarters), f.LifeS)
	}
	fmt.Fprintf(b, "this command: peak %d MiB; at most %d MiB on the disk\n", p.OwnPeakKiB>>10, p.DiskMiB)
}

// printEvents sums up the kills and lists the other faults.
func (p *report) printEvents(b *strings.Builder) {
	kills, drain, pending, ready := map[string]int{}, 0, 0, 0.0
	for _, e := range p.Events {
		if e.Kind != killed {
			continue
		}
		kills[e.Server]++
		ready = max(ready, e.Ready)
		if e.Drain {
			drain++
			pending = max(pending, e.Pending)
		}
	}
	fmt.Fprintf(b, "\n%d kills of acme, %d of isp, %d of the sink; %d of them in the drain, with up to %d messages pending; ready again after at most %.2f s\n",
		kills["acme"], kills["isp"], kills[sinkName], drain, pending, ready)
	for _, e := range p.Events {
		switch e.Kind {
		case badSync, diskFull:
			fmt.Fprintf(b, "%s %s for %.0f s: %d probes refused (%q), %d taken, %d syncs failed, %d octets filled; 250 again %.1f s after its end; %d messages taken elsewhere\n",
				e.Kind, e.Server, e.End.Sub(e.Begin).Seconds(), e.Refused, e.Reply, e.Taken, e.Failed, e.Filled, e.Recovered, e.Others)
		case noDNS:
			fmt.Fprintf(b, "%s for %.0f s: %d messages taken meanwhile\n", e.Kind, e.End.Sub(e.Begin).Seconds(), e.Others)
		}
	}
}
