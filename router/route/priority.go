package route

import (
	"fmt"
	"time"

	"domigo/settings"
)

// Priority is the delivery priority of a message. The zero value is Normal.
type Priority uint8

// The priorities.
const (
	Normal Priority = iota
	High
	Low
)

// String gives the word of the form.
func (p Priority) String() string {
	switch p {
	case Normal:
		return "Normal"
	case High:
		return "High"
	case Low:
		return "Low"
	}
	return fmt.Sprintf("priority %d", uint8(p))
}

// PriorityOf gives the priority that counts for a message, and whether it is low
// for policy reasons only. With "Ignore message priority" everything is Normal,
// the size range included. Else a message in the range of "Send all messages as
// low priority if message size is between", whose upper end is the maximum
// message size, is Low ("Restricting mail routing based on message size").
func PriorityOf(s *settings.Snapshot, m *Message, t *Trail) (p Priority, policy bool) {
	r := &s.Router
	switch {
	case r.IgnorePriority:
		t.add("Ignore message priority", "Enabled", "Normal")
		return Normal, false
	case m.Priority != Low && r.LowPriority.BySize && r.MaxMessageSize > 0 &&
		m.Size >= r.LowPriority.From && m.Size <= r.MaxMessageSize:
		if t.on() {
			t.add("Send all messages as low priority if message size is between",
				fmt.Sprintf("%d octets of %d to %d", m.Size, r.LowPriority.From, r.MaxMessageSize), "Low")
		}
		return Low, true
	}
	return m.Priority, false
}

// DueAt gives the time when a transfer of a priority may begin: for Low the next
// moment of the "Low priority mail routing time range" in the location of now,
// else now ("Scheduling Notes mail routing"). Delivery to a mail file of this
// server waits for nothing.
func DueAt(s *settings.Snapshot, p Priority, now time.Time) time.Time {
	if p != Low || s.Router.LowPriority.Time.Contains(now) {
		return now
	}
	return nextStart(s.Router.LowPriority.Time, now)
}

// nextStart gives the first moment behind now that lies in the range. Where the
// clock is put forward over the beginning, that is the first minute behind the
// gap; where it is put back, a range may begin twice.
func nextStart(w settings.Window, now time.Time) time.Time {
	for day := range 3 {
		// A clock that is put forward or back moves the beginning by two hours at most.
		start := time.Date(now.Year(), now.Month(), now.Day()+day, 0, w.From, 0, 0, now.Location())
		for minute := -120; minute <= 120; minute++ {
			if at := start.Add(time.Duration(minute) * time.Minute); at.After(now) && w.Contains(at) {
				return at
			}
		}
	}
	return now // no change of the clock takes a range away on three days
}
