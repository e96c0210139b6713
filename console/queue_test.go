package console

import (
	"errors"
	"testing"
)

// TestQueue: the words of a queue command arrive as they were typed, and QUEUE
// has no abbreviation.
func TestQueue(t *testing.T) {
	for _, tt := range []struct{ line, want, output string }{
		{`tell router queue list -to "*@X.com" -json`, "tell router queue list -to *@X.com -json", "one\ntwo\n"},
		{"Tell Router QUEUE Hold 00A1b2C3", "tell router queue Hold 00A1b2C3", "one\ntwo\n"},
		{"tell router q", "tell router quit", "one\ntwo\n"},
		{"tell router delivery stats", "tell router delivery stats", "one\ntwo\n"},
		{"te router d s", "tell router delivery stats", "one\ntwo\n"},
	} {
		s := &fakeServer{tells: []string{"one", "two"}}
		output, err := runLine(t, s, tt.line)
		if err != nil || output != tt.output || s.asked() != tt.want {
			t.Errorf("Run(%q) = %q, %v, asked %q; want %q, asked %q", tt.line, output, err, s.asked(), tt.output, tt.want)
		}
	}
	for _, tt := range []struct{ line, want string }{
		{"tell router queue", textInsufficient}, {"tell router queu list", textUnknown},
	} {
		if output, err := runLine(t, &fakeServer{}, tt.line); err == nil || output != tt.want+"\n" {
			t.Errorf("Run(%q) = %q, %v; want %q", tt.line, output, err, tt.want)
		}
	}
}

// TestQueueFails: what was done comes before why the rest was not.
func TestQueueFails(t *testing.T) {
	s := &fakeServer{tells: []string{"held"}, err: errors.New("1 refused")}
	output, err := runLine(t, s, "tell router queue hold 00A1B2C3")
	var failure *CommandError
	if !errors.As(err, &failure) || output != "held\n1 refused\n" {
		t.Errorf("got %q, %v; want both lines and an error", output, err)
	}
}
