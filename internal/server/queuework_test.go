package server

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"domigo/console"
	"domigo/mailbox"
)

// ask runs a console command and gives its output.
func (s *site) ask(t *testing.T, line string) (string, error) {
	t.Helper()
	var out strings.Builder
	err := console.Run(t.Context(), s.Server, line, &out)
	return out.String(), err
}

// TestQueueCommand: a queue command works with and without the Router task, and
// a change is told on the console and in domigo.log.
func TestQueueCommand(t *testing.T) {
	s := start(t, nil)
	if out, err := s.ask(t, "tell router quit"); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	d, err := s.store.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	env := mailbox.Envelope{Received: s.now(), Sender: "a@b.com", Recipients: []mailbox.Recipient{{Address: "jdoe@acme.com"}}}
	if err := d.Commit(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	id := d.ID().Short()
	for _, c := range []struct {
		line, want string
		fails      bool
	}{
		{"tell router queue list -state pending", "a@b.com -> jdoe@acme.com\n1 unit in 1 message: 1 pending, 0 held, 0 dead\n", false},
		{"tell router queue hold " + id + " -by root", id + ": a@b.com -> jdoe@acme.com held\n", false},
		{"tell router queue hold " + id, id + ": nothing to hold\n1 refused\n", true},
		{"tell router queue list -json", `"state":"held"`, false},
		{"tell router queue hold", "wrong arguments: hold wants message ids, or -all", true},
		{"tell router delivery stats", "Router task not running\n", true},
	} {
		out, err := s.ask(t, c.line)
		if (err != nil) != c.fails || !strings.Contains(out, c.want) {
			t.Errorf("%s: got %q, %v; want %q", c.line, out, err, c.want)
		}
	}
	const told = "Message %ID from a@b.com to jdoe@acme.com held by root"
	s.out.wait(t, "Router: "+strings.ReplaceAll(told, "%ID", id), 1)
	if out, err := s.ask(t, "load router"); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	if out, err := s.ask(t, "tell router queue release "+id); err != nil || !strings.HasSuffix(out, "released\n") {
		t.Errorf("release: got %q, %v", out, err)
	}
	s.out.wait(t, "released by console", 1)
	s.out.wait(t, "delivered to", 1)
	want := "Messages delivered: 1\nAverage delivery time: 0 seconds\nAverage size delivered: 0K; Maximum: 0K\nDelivery Threads: Max = "
	if out, err := s.ask(t, "tell router delivery stats"); err != nil || !strings.HasPrefix(out, want) {
		t.Errorf("delivery stats: got %q, %v; want %q", out, err, want)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(s.dir, "domigo.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"who":"root","what":"hold","mail":"` + string(d.ID()) + `","key":"","from":"a@b.com","to":["jdoe@acme.com"]`, `"who":"console","what":"release"`} {
		if strings.Count(string(log), want) != 1 {
			t.Errorf("domigo.log has not one line with %s:\n%s", want, log)
		}
	}
	if _, err := s.Tell(context.Background(), "router", []string{"queue", "list"}); err == nil {
		t.Error("a server that has ended lists its queue")
	}
}
