package router

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"domigo/mailbox"
	"domigo/router/route"
	"domigo/settings"
)

// journaling puts a message that a rule wants in the journal into a lab whose
// settings name a journal.
func journaling(t *testing.T, where settings.Journal) *lab {
	t.Helper()
	l := newLab(t)
	where.On = true
	l.settings.Router.Journal = where
	return l
}

func (l *lab) putJournaled(sender string, to ...string) {
	l.t.Helper()
	env := mailbox.Envelope{Sender: sender, Journal: true}
	for _, a := range to {
		env.Recipients = append(env.Recipients, mailbox.Recipient{Address: a})
	}
	l.putEnvelope(env, message)
}

// count gives how many messages a mail file has.
func (l *lab) count(file string) int {
	l.t.Helper()
	return len(files(l.t, filepath.Join(l.config.MailDir, file)))
}

// dead gives the recipients that wait as dead mail.
func (l *lab) dead() (to []string) {
	for _, row := range l.rows() {
		for _, r := range row.Recipients {
			if row.State == mailbox.Dead {
				to = append(to, r.To)
			}
		}
	}
	return to
}

// TestJournalCopiesOnce holds that the journal gets one copy, however many
// recipients and next hops there are, and although what waits is routed anew: a
// next hop that is no longer right, and the journal's own work.
func TestJournalCopiesOnce(t *testing.T) {
	l, s := journaling(t, settings.Journal{File: "mailjrn.nsf"}), &sink{}
	l.settings.Router.RelayHost = "[127.0.0.1]"
	l.settings.Router.PortStatus = settings.OutboundDisabled
	l.putJournaled("a@b.example", "jdoe@acme.com", "jane.roe@acme.com", "x@example.org", "y@example.org")
	stop := l.run()
	l.wait("put off", func() bool { return len(l.rows()) == 1 && l.rows()[0].Attempts == 1 })
	stop()
	at := s.serve(t, "127.0.0.1:0", nil)
	l.change(func(s *settings.Snapshot) {
		s.Router.RelayHost, s.Router.PortStatus = "[127.0.0.1]:"+strconv.Itoa(int(at.Port())), settings.OutboundPlain
	})
	row := l.rows()[0]
	if err := l.store.Edit(t.Context(), row.Message, row.Key, func(w *mailbox.Work) error { w.Due = row.Envelope.Received; return nil }); err != nil {
		t.Fatal(err)
	}
	stop = l.run()
	l.waitEmpty()
	stop()
	if got := s.got(); len(got) != 1 || len(got[0].to) != 2 {
		t.Errorf("next hop got %+v, want one message for two", got)
	}
	for _, file := range []string{"mail/jdoe", "mail/emea/jroe", "mail/mailjrn"} {
		if n := l.count(file); n != 1 {
			t.Errorf("%s: %d messages, want 1", file, n)
		}
	}
}

// TestJournalRoutedAnew holds that the work of a journal's copy that comes back
// to routing, as dead mail that was released does, is that copy and no
// recipient of that name; and that a rule's other marks do not concern it.
func TestJournalRoutedAnew(t *testing.T) {
	for name, env := range map[string]mailbox.Envelope{
		"no more":  {},
		"moved":    {MoveTo: "mail/junk.nsf"},
		"rejected": {Refuse: route.ReasonPolicy},
	} {
		t.Run(name, func(t *testing.T) {
			l := journaling(t, settings.Journal{File: "mailjrn.nsf"})
			env.Sender, env.Journal, env.Recipients = "jane.roe@acme.com", true, []mailbox.Recipient{{Address: "jdoe@acme.com"}}
			l.putEnvelope(env, message)
			again := mailbox.Target{To: "mailjrn.nsf", MailFile: "mailjrn.nsf", Path: []string{journalFile}}
			row := l.rows()[0]
			if err := l.store.Edit(t.Context(), row.Message, row.Key, func(w *mailbox.Work) error {
				w.Recipients, w.Journaled = append(w.Recipients, again), true
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			defer l.run()()
			l.waitEmpty()
			want := map[string]int{"mail/mailjrn": 1, "mail/jdoe": 1, "mail/mail/junk": 0, "mail/junk": 0, "mail/emea/jroe": 0}
			switch name {
			case "moved":
				want["mail/jdoe"], want["mail/junk"] = 0, 1
			case "rejected":
				want["mail/jdoe"], want["mail/emea/jroe"] = 0, 1 // the report
			}
			for file, n := range want {
				if got := l.count(file); got != n {
					t.Errorf("%s: %d messages, want %d", file, got, n)
				}
			}
		})
	}
}

// TestJournalDestination holds that the mail-in database or address of the
// journal gets one copy.
func TestJournalDestination(t *testing.T) {
	l, s := journaling(t, settings.Journal{Method: settings.JournalMail, Destination: "Ideas"}), &sink{}
	l.settings.Router.RelayHost = "[127.0.0.1]"
	l.settings.Router.Port = int(s.serve(t, "127.0.0.1:0", nil).Port())
	l.putJournaled("a@b.example", "jdoe@acme.com", "x@example.org")
	stop := l.run()
	l.waitEmpty()
	if got := l.count("mail/apps/ideas"); got != 1 {
		t.Errorf("mail-in database: %d messages, want 1", got)
	}
	l.change(func(s *settings.Snapshot) { s.Router.Journal.Destination = "journal@archive.example" })
	l.putJournaled("a@b.example", "jdoe@acme.com")
	l.waitEmpty()
	stop()
	got := s.got()
	if len(got) != 2 || strings.Join(got[1].to, " ") != "journal@archive.example" || l.count("mail/jdoe") != 2 {
		t.Errorf("next hop got %+v, jdoe %d", got, l.count("mail/jdoe"))
	}
}

// TestJournalFails holds that a copy that cannot be delivered is dead, and that
// the sender hears nothing of it, while the message goes on.
func TestJournalFails(t *testing.T) {
	for name, tt := range map[string]struct {
		where settings.Journal
		dead  string
	}{
		"no such file":      {settings.Journal{File: "../mailjrn.nsf"}, "../mailjrn.nsf"},
		"unknown name":      {settings.Journal{Method: settings.JournalMail, Destination: "Nowhere"}, "Nowhere"},
		"blank destination": {settings.Journal{Method: settings.JournalMail}, ""},
		"refused":           {settings.Journal{Method: settings.JournalMail, Destination: "j@archive.example"}, "j@archive.example"},
	} {
		t.Run(name, func(t *testing.T) {
			l, s := journaling(t, tt.where), &sink{onRcpt: func(string) error {
				return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.NoEnhancedCode, Message: "unknown"}
			}}
			l.settings.Router.RelayHost = "[127.0.0.1]"
			l.settings.Router.Port = int(s.serve(t, "127.0.0.1:0", nil).Port())
			l.putJournaled("jane.roe@acme.com", "jdoe@acme.com")
			defer l.run()()
			// The totals: a listing is no picture of one moment.
			l.wait("dead, and nothing else left", func() bool {
				n, err := l.store.Counts(t.Context())
				return err == nil && n.Pending == 0 && n.Dead == 1
			})
			if got := l.dead(); got[0] != tt.dead {
				t.Errorf("dead: %q, want %q", got, tt.dead)
			}
			if sender, to := l.count("mail/emea/jroe"), l.count("mail/jdoe"); sender != 0 || to != 1 {
				t.Errorf("sender got %d messages, want none; recipient %d, want 1", sender, to)
			}
		})
	}
}

// TestJournalOff holds that without journaling the rule's mark means nothing.
func TestJournalOff(t *testing.T) {
	l := newLab(t)
	l.settings.Router.Journal = settings.Journal{File: "mailjrn.nsf"}
	l.putJournaled("a@b.example", "jdoe@acme.com")
	defer l.run()()
	l.waitEmpty()
	if got := l.count("mail/mailjrn"); got != 0 || l.count("mail/jdoe") != 1 {
		t.Errorf("the journal has %d messages, want none", got)
	}
}
