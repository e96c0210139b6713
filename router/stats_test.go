package router

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestFlow: the rates are those of the last minute, the peak is the highest of
// them, and sizes fall into Domino's classes.
func TestFlow(t *testing.T) {
	var f flow
	start := time.Date(2026, 3, 1, 12, 0, 59, 5e8, time.UTC)
	f.add(start, 1)
	f.add(start.Add(time.Second), 1<<10)
	f.add(start.Add(30*time.Second), 10<<10-1)
	for _, c := range []struct {
		after            time.Duration
		messages, octets int64
	}{
		{30 * time.Second, 3, 1 + 1<<10 + 10<<10 - 1},
		{59 * time.Second, 3, 1 + 1<<10 + 10<<10 - 1},
		{60 * time.Second, 2, 1<<10 + 10<<10 - 1},
		{61 * time.Second, 1, 10<<10 - 1},
		{90 * time.Second, 0, 0},
		{-time.Hour, 0, 0}, // the clock was set back
	} {
		if got := f.minute(start.Add(c.after)); got != (flowed{c.messages, c.octets}) {
			t.Errorf("after %v: got %+v, want %d messages, %d octets", c.after, got, c.messages, c.octets)
		}
	}
	f.add(start.Add(time.Hour), 1<<20)
	f.add(start.Add(2*time.Hour), 100<<20-1)
	f.add(start.Add(3*time.Hour), 100<<20)
	if f.peak != 3 || !f.peakAt.Equal(start.Add(30*time.Second)) {
		t.Errorf("peak: got %d at %v, want 3 at the third", f.peak, f.peakAt)
	}
	if want := [len(sizeClasses)]int64{1, 2, 0, 0, 1, 1, 1}; f.sizes != want {
		t.Errorf("sizes: got %v, want %v", f.sizes, want)
	}
	if got, want := f.mean(), (1+1<<10+10<<10-1+1<<20+100<<20-1+100<<20)/int64(6); got != want {
		t.Errorf("mean: got %d, want %d", got, want)
	}
}

// TestFlowRate: a steady flow has its rate, whatever the second it began at.
func TestFlowRate(t *testing.T) {
	var f flow
	now := time.Unix(1_700_000_017, 0)
	for range 600 {
		f.add(now, 10)
		now = now.Add(500 * time.Millisecond)
	}
	if got := f.minute(now); got.messages < 118 || got.messages > 120 || got.octets != 10*got.messages {
		t.Errorf("two messages a second: got %+v a minute, want about 120", got)
	}
	if f.peak != 120 {
		t.Errorf("peak: got %d, want 120", f.peak)
	}
}

func BenchmarkFlow(b *testing.B) {
	var f flow
	now := time.Now()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f.add(now.Add(time.Duration(i)*time.Millisecond), 4096)
	}
}

// meterNotes is a Meter that counts.
type meterNotes struct {
	mu        sync.Mutex
	delivered int
	results   map[string]int
}

func (m *meterNotes) Delivered(took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.delivered++
}

func (m *meterNotes) Transferred(took time.Duration, result string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.results[result]++
}

// TestOffered: the result of a dialogue is the best that a recipient had.
func TestOffered(t *testing.T) {
	for _, c := range []struct {
		outs []result
		want string
	}{
		{[]result{done}, "transferred"}, {[]result{failed, done, deferred}, "transferred"}, {[]result{deferred, failed}, "failed"},
		{[]result{deferred}, "deferred"}, {[]result{cancelled}, ""}, {[]result{cancelled, deferred}, "deferred"},
	} {
		m := &meterNotes{results: map[string]int{}}
		s := counters{meter: m}
		var outs []outcome
		for _, r := range c.outs {
			outs = append(outs, outcome{result: r})
		}
		s.offered(time.Second, outs)
		want := map[string]int{}
		if c.want != "" {
			want[c.want] = 1
		}
		if !maps.Equal(m.results, want) {
			t.Errorf("%v: got %v, want %v", c.outs, m.results, want)
		}
	}
}

// TestStatistics: every name of the Router, its value after a delivery, a
// transfer and mail that waits, and the order of the names.
func TestStatistics(t *testing.T) {
	l, s := newLab(t), &sink{}
	l.settings.Router.RelayHost = "127.0.0.1"
	l.settings.Router.Port = int(s.serve(t, "127.0.0.1:0", nil).Port())
	m := &meterNotes{results: map[string]int{}}
	l.config.Meter = m
	l.put("jdoe@acme.com", message, "x@example.org", "jane.roe@acme.com")
	defer l.run()()
	l.waitEmpty()
	list, err := l.router.Statistics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(list, func(a, b Statistic) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) }) {
		t.Errorf("not sorted: %+v", list)
	}
	got := map[string]int64{}
	for _, st := range list {
		if _, twice := got[st.Name]; twice {
			t.Errorf("%s is there twice", st.Name)
		}
		got[st.Name] = st.Value
		if strings.HasSuffix(st.Name, "Time") && st.Name != "Mail.AverageDeliverTime" {
			if st.Time.IsZero() {
				t.Errorf("%s: no time", st.Name)
			}
		}
	}
	want := map[string]int64{
		"MAIL.Dead": 0, "MAIL.Hold": 0, "MAIL.Waiting": 0, "MAIL.WaitingForDNS": 0, "MAIL.WaitingRecipients": 0, "Mail.TotalPending": 0,
		"Mail.AverageDeliverTime": 0, "Mail.AverageServerHops": 0, "Mail.AverageSizeDelivered": 1, "Mail.MaximumSizeDelivered": 1,
		"Mail.Delivered": 1, "Mail.Transferred": 1, "Mail.Transferred.SMTP": 1, "Mail.TotalRouted": 1, "Mail.TotalFailures": 0, "Mail.TransferFailures": 0,
		"Mail.CurrentMessageDeliveryRate": 1, "Mail.CurrentMessageTransferRate": 1, "Mail.PeakMessagesDelivered": 1, "Mail.PeakMessagesTransferred": 1,
		"Mail.DeliveryThreads.Max": 100, "Mail.TransferThreads.Max": 25, "Mail.TransferThreads.Concurrent.Max": 12, "Mail.TransferThreads.Concurrent.Highest": 1,
		"Mail.DeliveredSize.Under_1KB": 1, "Mail.DeliveredSize.Over_100MB": 0, "Mail.TransferredSize.Under_1KB": 1,
	}
	for name, n := range want {
		if v, ok := got[name]; !ok || v != n {
			t.Errorf("%s: got %d (%t), want %d", name, v, ok, n)
		}
	}
	for _, name := range []string{"Mail.CurrentByteDeliveryRate", "Mail.CurrentByteTransferRate"} {
		if got[name] <= 0 {
			t.Errorf("%s: got %d, want the size of the message", name, got[name])
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.delivered != 1 || !maps.Equal(m.results, map[string]int{"transferred": 1}) {
		t.Errorf("the Meter has %d deliveries and %v, want one of each", m.delivered, m.results)
	}
}
