package route

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"domigo/settings"
)

func TestPriorityOf(t *testing.T) {
	bySize := func(s *settings.Snapshot) {
		s.Router.MaxMessageSize, s.Router.LowPriority = 5000, settings.LowPriority{BySize: true, From: 1000}
	}
	tests := []struct {
		name   string
		change func(*settings.Snapshot)
		asked  Priority
		size   int64
		want   Priority
		policy bool
	}{
		{"normal", nil, Normal, 10, Normal, false},
		{"high", nil, High, 10, High, false},
		{"low by the user", nil, Low, 10, Low, false},
		{"below the range", bySize, Normal, 999, Normal, false},
		{"begin of the range", bySize, Normal, 1000, Low, true},
		{"end of the range", bySize, High, 5000, Low, true},
		{"beyond the range", bySize, Normal, 5001, Normal, false},
		{"in the range, and low by the user", bySize, Low, 2000, Low, false},
		{"no maximum size, no range", func(s *settings.Snapshot) { bySize(s); s.Router.MaxMessageSize = 0 }, Normal, 2000, Normal, false},
		{"priorities ignored", func(s *settings.Snapshot) { s.Router.IgnorePriority = true }, Low, 10, Normal, false},
		{"high is ignored too", func(s *settings.Snapshot) { s.Router.IgnorePriority = true }, High, 10, Normal, false},
		{"ignored against the range", func(s *settings.Snapshot) { bySize(s); s.Router.IgnorePriority = true }, Normal, 2000, Normal, false},
	}
	for _, tt := range tests {
		s := &settings.Snapshot{}
		if tt.change != nil {
			tt.change(s)
		}
		p, policy := PriorityOf(s, &Message{Priority: tt.asked, Size: tt.size}, &Trail{})
		if p != tt.want || policy != tt.policy {
			t.Errorf("%s: PriorityOf(%v, %d octets) = %v, %t, want %v, %t", tt.name, tt.asked, tt.size, p, policy, tt.want, tt.policy)
		}
	}
}

func TestDueAt(t *testing.T) {
	berlin := location(t)
	night := settings.Window{From: 0, To: 6 * 60}
	late := settings.Window{From: 22 * 60, To: 2 * 60}
	at := func(text string) time.Time {
		when, err := time.ParseInLocation("2006-01-02 15:04", text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	tests := []struct {
		name      string
		window    settings.Window
		priority  Priority
		now, want string
	}{
		{"normal at once", night, Normal, "2026-11-22 12:00", "2026-11-22 12:00"},
		{"high at once", night, High, "2026-11-22 12:00", "2026-11-22 12:00"},
		{"low waits for the night", night, Low, "2026-11-22 12:00", "2026-11-23 00:00"},
		{"low, in the range", night, Low, "2026-11-22 05:59", "2026-11-22 05:59"},
		{"low, end of the range", night, Low, "2026-11-22 06:00", "2026-11-23 00:00"},
		{"over midnight, before", late, Low, "2026-11-22 21:59", "2026-11-22 22:00"},
		{"over midnight, in it", late, Low, "2026-11-22 01:59", "2026-11-22 01:59"},
		{"over midnight, behind", late, Low, "2026-11-22 02:00", "2026-11-22 22:00"},
		{"the whole day", settings.Window{From: 60, To: 60}, Low, "2026-11-22 12:00", "2026-11-22 12:00"},
		{"end of the year", night, Low, "2026-12-31 12:00", "2027-01-01 00:00"},
		{"the clock goes forward over the beginning", settings.Window{From: 150, To: 300}, Low, "2026-03-29 01:00", "2026-03-29 03:00"},
		{"the clock goes forward over all of it", settings.Window{From: 120, To: 180}, Low, "2026-03-29 01:00", "2026-03-30 02:00"},
	}
	for _, tt := range tests {
		s := &settings.Snapshot{Router: settings.Router{LowPriority: settings.LowPriority{Time: tt.window}}}
		if got := DueAt(s, tt.priority, at(tt.now)); !got.Equal(at(tt.want)) {
			t.Errorf("%s: DueAt(%v, %s) = %v, want %s", tt.name, tt.priority, tt.now, got, tt.want)
		}
	}
}

func location(t testing.TB) *time.Location {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return berlin
}

// TestDueAtIsInTheRange holds that low-priority mail is due in the range, not
// before now, and within two days, whatever the clock does.
func TestDueAtIsInTheRange(t *testing.T) {
	berlin := location(t)
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, berlin)
	rapid.Check(t, func(t *rapid.T) {
		w := settings.Window{From: rapid.IntRange(0, 1439).Draw(t, "from"), To: rapid.IntRange(0, 1439).Draw(t, "to")}
		now := start.Add(time.Duration(rapid.IntRange(0, 365*24*3600).Draw(t, "now")) * time.Second)
		s := &settings.Snapshot{Router: settings.Router{LowPriority: settings.LowPriority{Time: w}}}
		due := DueAt(s, Low, now)
		if due.Before(now) || !w.Contains(due) || due.Sub(now) > 49*time.Hour {
			t.Fatalf("range %v: at %v due %v", w, now, due)
		}
	})
}
