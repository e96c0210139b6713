package main

import (
	"context"
	"errors"
	"testing"
)

// scripted is a server with an answer for each command.
type scripted map[string]string

func (s scripted) Command(_ context.Context, command string) (string, error) {
	out, ok := s[command]
	if !ok {
		return "", errors.New("nobody answers")
	}
	return out, nil
}

// TestUpdate: an update counts when its value is in effect, and one that was taken
// and is not is told.
func TestUpdate(t *testing.T) {
	task := reloaded{"smtp", "SMTPMaxRecipientCount", 100}
	const tell, show = "tell smtp update config", "show config SMTPMaxRecipientCount"
	for _, c := range []struct {
		name   string
		server scripted
		taken  bool
		wrong  string
	}{
		{"in effect", scripted{tell: "", show: "  SMTPMaxRecipientCount=101\n"}, true, ""},
		{"down", scripted{}, false, ""},
		{"killed before the answer", scripted{tell: ""}, false, ""},
		{"written, not in effect", scripted{tell: "", show: "  SMTPMaxRecipientCount=101\n  in effect: SMTPMaxRecipientCount=100 (notes.ini)\n"}, false,
			"SMTPMaxRecipientCount=101\n  in effect: SMTPMaxRecipientCount=100 (notes.ini)"},
		{"an older value", scripted{tell: "", show: "  SMTPMaxRecipientCount=100\n"}, false, "SMTPMaxRecipientCount=100"},
	} {
		if taken, wrong := update(t.Context(), c.server, task, "101"); taken != c.taken || wrong != c.wrong {
			t.Errorf("%s: got %v, %q, want %v, %q", c.name, taken, wrong, c.taken, c.wrong)
		}
	}
}
