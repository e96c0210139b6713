package console

import "testing"

// TestTellLockouts holds the commands about lockouts, which Domino does not have:
// they are spelled out, so that every abbreviation of Domino's keeps its meaning.
func TestTellLockouts(t *testing.T) {
	for _, tt := range []struct{ line, want, failure string }{
		{"tell smtp show lockouts", "tell smtp show lockouts", ""},
		{"Te SMTP Show lock", "tell smtp show lockouts", ""},
		{"tell smtp unlock John Doe/Acme", "tell smtp unlock John Doe/Acme", ""},
		{`tell smtp UNLOCK "John Doe/Acme"`, "tell smtp unlock John Doe/Acme", ""},
		{"tell smtp unlock 203.0.113.9", "tell smtp unlock 203.0.113.9", ""},
		{"tell smtp u c", "tell smtp update config", ""},
		{"tell smtp sh lockouts", "", textUnknown},
		{"tell smtp unl jdoe", "", textUnknown},
		{"tell smtp unlock", "", textInsufficient},
		{"tell smtp show", "", textInsufficient},
		{"tell smtp show lockouts now", "", textTooMany},
		{"tell router unlock jdoe", "", textUnknown},
	} {
		s := &fakeServer{tells: []string{"one line"}}
		output, err := runLine(t, s, tt.line)
		if s.asked() != tt.want {
			t.Errorf("%q asked %q, want %q", tt.line, s.asked(), tt.want)
		}
		want := "one line\n"
		if tt.failure != "" {
			want = tt.failure + "\n"
		}
		if output != want || (err != nil) != (tt.failure != "") {
			t.Errorf("%q: got %q, %v; want %q", tt.line, output, err, want)
		}
	}
	if output, err := runLine(t, &fakeServer{err: ErrTaskDown}, "tell Smtp unlock jdoe"); err == nil || output != "The Smtp task either does not exist or does not accept \"Tell\" commands.\n" {
		t.Errorf("task down: %q, %v", output, err)
	}
}
