package router

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"domigo/directory"
	"domigo/mailbox"
	"domigo/router/route"
)

// further is a directory over the network: people, and groups in each other.
type further struct {
	mu     sync.Mutex
	away   bool
	rounds int
}

func (f *further) Place() directory.Place { return directory.Place{Number: directory.Last} }

func (f *further) Find(_ context.Context, questions []directory.Question) []directory.Answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rounds++
	out := make([]directory.Answer, len(questions))
	for i := range out {
		if f.away {
			out[i].Err = fmt.Errorf("%w: test", directory.ErrUnavailable)
			continue
		}
		out[i].Entries = directory.Answered([]*directory.Entry{
			{DN: "uid=lena,dc=net", FullName: []string{"UID=lena/DC=net"}, ShortName: []string{"lena"}, InternetAddress: "lena@acme.com", MailFile: "mail/lena"},
			{DN: "uid=otto,dc=net", FullName: []string{"UID=otto/DC=net"}, ShortName: []string{"otto"}, InternetAddress: "otto@acme.com", Forward: "lena@acme.com"},
			{DN: "cn=crew,dc=net", Kind: directory.Group, FullName: []string{"crew", "CN=crew/DC=net"}, Members: []string{"UID=lena/DC=net", "CN=ring/DC=net", "jdoe@acme.com"}},
			{DN: "cn=ring,dc=net", Kind: directory.Group, FullName: []string{"ring", "CN=ring/DC=net"}, Members: []string{"CN=crew/DC=net", "UID=otto/DC=net", "nobody@acme.com"}},
		})
	}
	return out
}

func (f *further) Verify(context.Context, *directory.Entry, string) error {
	return directory.ErrAuthFailed
}

func (f *further) set(away bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = away
}

// TestExpandAsksInRounds: groups in groups cost a round for each depth and not a
// question for each member, and end although they hold each other.
func TestExpandAsksInRounds(t *testing.T) {
	f := &further{}
	env := NewEnv(acmeSettings(), acmeDirectory())
	env.Assist(f)
	trail := &route.Trail{}
	ends := Expand(t.Context(), env, f, &route.Message{Inbound: true}, mailbox.Target{To: "crew@acme.com"}, trail)
	var got []string
	for _, e := range ends {
		got = append(got, fmt.Sprintf("%s %v %s", e.Target.To, e.Decision.Action, e.Target.MailFile))
	}
	want := "UID=lena/DC=net deliver mail/lena, nobody@acme.com fail , jdoe@acme.com deliver mail/jdoe"
	if g := strings.Join(got, ", "); !strings.HasPrefix(g, "UID=lena/DC=net deliver mail/lena, nobody@acme.com fail ") || len(got) != 3 {
		t.Errorf("got %s, want %s", g, want)
	}
	if f.rounds > 5 {
		t.Errorf("%d rounds", f.rounds)
	}
	seen := map[string]int{}
	for _, s := range trail.Steps {
		if s.Control == "Address" || s.Control == "Members" {
			seen[s.Control+s.Fact]++
		}
	}
	for step, n := range seen {
		if n > 2 {
			t.Errorf("%s stands %d times in the trail: a round that asked is taken back", step, n)
		}
	}
}

// TestRoutingWaitsForTheDirectory: a message that was taken is not returned while
// the directory is away. Other recipients get it at once, and each gets it once;
// the copy for the journal is made once, too.
func TestRoutingWaitsForTheDirectory(t *testing.T) {
	l, f := newLab(t), &further{away: true}
	l.config.Assistance = f
	l.settings.Router.Journal.On, l.settings.Router.Journal.File = true, "journal"
	id := l.putEnvelope(mailbox.Envelope{Sender: "jane.roe@acme.com", Journal: true,
		Recipients: []mailbox.Recipient{{Address: "John.Doe@acme.com"}, {Address: "lena@acme.com"}, {Address: "nobody@acme.com"}}}, message)
	stop := l.run()
	file := func(name string) string { return filepath.Join(l.config.MailDir, name) }
	l.wait("the other recipient's delivery", func() bool { return len(files(t, file("mail/jdoe"))) == 1 })
	l.wait("the wait", func() bool {
		rows := l.rows()
		return len(rows) == 1 && rows[0].Key == "" && len(rows[0].Recipients) == 2 && rows[0].LastError == route.ReasonAway && rows[0].Attempts == 1 && rows[0].Journaled
	})
	f.set(false)
	stop()
	if err := l.store.Requeue(t.Context(), id, "", time.Now()); err != nil {
		t.Fatal(err)
	}
	l.router = nil
	defer l.run()()
	l.waitEmpty()
	for _, name := range []string{"mail/jdoe", "mail/lena", "mail/journal"} {
		if got := files(t, file(name)); len(got) != 1 {
			t.Errorf("%s: %d messages, want 1", name, len(got))
		}
	}
	if !strings.Contains(l.console(), "NOT delivered to nobody@acme.com") {
		t.Errorf("console:\n%s", l.console())
	}
}
