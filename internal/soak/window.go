package main

import (
	"slices"
	"time"
)

// duplicates are the copies beyond the first of all messages in all Maildirs.
type duplicates struct {
	Count       int            `json:"count"`
	ByKind      map[string]int `json:"by_kind"`     // of the fault that explains each
	MostOfOne   int            `json:"most_of_one"` // that one fault explains
	WidestS     float64        `json:"widest_s"`    // from the taking of a copy to the fault that left it without a record
	Unexplained []string       `json:"unexplained"` // ids
}

// slack is how long before a fault the next hop may have taken a copy whose end
// was not recorded yet. The time is of the clock of a Received field, in whole
// seconds, and of a machine with other work.
const slack = 5 * time.Second

// explain holds each copy beyond the first against the one window in which
// there may be one: a fault cut off the recording, or the reply, of the
// transfer before, so the copy before was taken just before a fault or during
// it. Otherwise its id is unexplained.
func (d *duplicates) explain(twice copies, events []event) {
	byEvent := map[int]int{}
	for id, times := range twice {
		for i := range times[1:] {
			d.Count++
			n := cause(events, times[i], times[i+1])
			if n < 0 {
				d.Unexplained = append(d.Unexplained, id)
				continue
			}
			d.ByKind[events[n].Kind]++
			byEvent[n]++
			d.WidestS = max(d.WidestS, events[n].Begin.Sub(times[i]).Seconds())
		}
	}
	for _, n := range byEvent {
		d.MostOfOne = max(d.MostOfOne, n)
	}
	slices.Sort(d.Unexplained)
}

// cause gives the fault between the taking of two copies that came first after
// the one, or -1.
func cause(events []event, one, next time.Time) int {
	found := -1
	for i, e := range events {
		if e.covers(one) && !next.Before(e.Begin.Truncate(time.Second)) && (found < 0 || e.Begin.Before(events[found].Begin)) {
			found = i
		}
	}
	return found
}

// covers reports whether a transfer that ended at this time may have gone
// without its record for the fault.
func (e event) covers(t time.Time) bool {
	return !t.Before(e.Begin.Add(-slack)) && !t.After(e.End.Add(time.Second)) && e.Kind != noDNS
}
