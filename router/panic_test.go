package router

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"domigo/directory"
	"domigo/mailbox"
	"domigo/router/route"
)

// poisonedBody is a store whose content of one message panics when it is read to
// its middle.
type poisonedBody struct {
	*mailbox.Mem
	mu sync.Mutex
	id mailbox.ID
}

func (p *poisonedBody) poison(id mailbox.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.id = id
}

func (p *poisonedBody) Body(ctx context.Context, id mailbox.ID) (io.ReadCloser, error) {
	body, err := p.Mem.Body(ctx, id)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil || id != p.id {
		return body, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(body, 4), panics{}), body}, nil
}

type panics struct{}

func (panics) Read([]byte) (int, error) { panic("poisoned\ncontent") }

// panicky is a directory over the network that panics at a name.
type panicky struct{ further }

func (p *panicky) Find(ctx context.Context, questions []directory.Question) []directory.Answer {
	p.mu.Lock()
	away := p.away
	p.mu.Unlock()
	if away {
		panic("poisoned\ncontent")
	}
	return p.further.Find(ctx, questions)
}

// TestPanicHoldsTheMessage: a message at which the Router panics is held with the
// reason, other mail goes on, the next hop gets no part of it as a whole message,
// and it is delivered when it is released after the fault is gone.
func TestPanicHoldsTheMessage(t *testing.T) {
	s := &sink{}
	port := int(s.serve(t, "127.0.0.1:0", nil).Port())
	tests := []struct {
		name, key, to, other string
	}{
		{"delivery", route.LocalDelivery, "jdoe@acme.com", "jane.roe@acme.com"},
		{"transfer", "mx:[127.0.0.1]", "x@[127.0.0.1]", "y@[127.0.0.1]"},
		{"routing", "", "lena@acme.com", "jane.roe@acme.com"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(s.got())
			l := newLab(t)
			box, dir, log := &poisonedBody{Mem: l.store}, &panicky{}, &lockedBuffer{}
			l.config.Store, l.config.Log = box, zerolog.New(log)
			l.settings.Router.Port = port
			l.settings.Router.Journal.On, l.settings.Router.Journal.File = true, "journal"
			poisoned := l.putEnvelope(mailbox.Envelope{Sender: "john.doe@acme.com", Recipients: []mailbox.Recipient{{Address: tt.to}},
				Journal: tt.key == ""}, message)
			// Routed before, so that routing does not read the content first.
			l.edit(func(w *mailbox.Work) {
				w.Key, w.Journaled = tt.key, tt.key != ""
				w.Recipients[0].MailFile = map[bool]string{true: `mail\jdoe.nsf`}[tt.key == route.LocalDelivery]
			})
			if tt.key == "" {
				l.config.Assistance, dir.away = dir, true
			} else {
				box.poison(poisoned)
			}
			l.put("john.doe@acme.com", message, tt.other)
			stop := l.run()
			l.wait("the other's end, and the one held", func() bool {
				rows := l.rows()
				return len(rows) == 1 && rows[0].State == mailbox.Held
			})
			row := l.rows()[0]
			if row.Message != poisoned || row.Key != "held:1:"+tt.key || row.LastError != "Internal error: poisoned?content" || row.Journaled != (tt.key != "") {
				t.Errorf("held: %+v", row)
			}
			if line := log.String(); !strings.Contains(line, string(poisoned)) || !strings.Contains(line, "panic_test.go") {
				t.Errorf("log without the message or the place:\n%s", line)
			}
			if want := "Router: Message " + poisoned.Short() + " NOT "; !strings.Contains(l.console(), want) {
				t.Errorf("console without %q:\n%s", want, l.console())
			}
			box.poison("")
			dir.set(false)
			if err := l.store.Requeue(t.Context(), poisoned, "", row.Envelope.Received); err != nil {
				t.Fatal(err)
			}
			l.router.poke()
			l.waitEmpty()
			stop()
			if tt.key == "" && (l.count("mail/journal") != 1 || l.count("mail/lena") != 1) {
				t.Errorf("journal has %d messages and lena %d, want 1", l.count("mail/journal"), l.count("mail/lena"))
			}
			if got := s.got()[before:]; tt.name == "transfer" && len(got) != 2 {
				t.Errorf("next hop has %d messages, want 2: %+v", len(got), got)
			}
			for _, m := range s.got() {
				if !strings.HasSuffix(m.data, "without end\r\n") {
					t.Errorf("next hop has a part: %q", m.data)
				}
			}
		})
	}
}

// TestPanicBesideWork: what panics where no work is claimed leaves the Router at
// work, and the others of a round of deliveries come to their end.
func TestPanicBesideWork(t *testing.T) {
	l, log := newLab(t), &lockedBuffer{}
	l.config.Log = zerolog.New(log)
	l.router = New(l.config)
	files := &unfinished{forgetful: newForgetful(), panics: 1}
	l.router.files = files
	for range 20 {
		l.put("a@b.example", message, "jdoe@acme.com")
	}
	stop := l.run()
	l.wait("all but one delivered", func() bool {
		n, err := l.store.Counts(t.Context())
		return err == nil && n.Messages == n.Held+n.Deferred && n.Held == 1
	})
	stop()
	rows := l.rows()
	for _, row := range rows {
		if row.State == mailbox.Pending && !strings.Contains(row.LastError, errLanding.Error()) {
			t.Errorf("put off: %+v", row)
		}
	}
	if n := len(files.mails("jdoe")) + len(rows); n < 20 {
		t.Errorf("%d messages are delivered or wait, want 20", n)
	}

	l.router.c.View = nil // every look at waiting mail panics
	if err := l.router.sweep(t.Context()); err != nil || !strings.Contains(log.String(), "look at waiting mail") {
		t.Errorf("look at waiting mail: %v, log:\n%s", err, log.String())
	}
}

// TestPanicOfTheStore: what panics within the mail.box, perhaps with locks held,
// ends the process.
func TestPanicOfTheStore(t *testing.T) {
	stopped := false
	store := mailbox.NewMem(mailbox.Options{Clock: func() time.Time {
		if stopped {
			panic("clock")
		}
		return time.Now()
	}})
	stopped = true
	defer func() {
		if v := recover(); v != "clock" {
			t.Errorf("panic of the store: got %v, want it to go on", v)
		}
	}()
	p := caught(func() { _, _ = store.Claim(t.Context(), "test", time.Minute, mailbox.Want{Limit: 1}) })
	t.Errorf("caught %v", p)
}

// unfinished are files of which the first rename panics.
type unfinished struct {
	*forgetful
	once   sync.Mutex
	panics int
}

func (u *unfinished) Rename(from, to string) error {
	u.once.Lock()
	defer u.once.Unlock()
	if u.panics--; u.panics == 0 {
		panic("no name")
	}
	return u.forgetful.Rename(from, to)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
