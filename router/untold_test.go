package router

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"domigo/mailbox"
	"domigo/settings"
)

// crowded is a mail.box that has room for so many more messages, and whose content
// cannot be read if unreadable.
type crowded struct {
	*mailbox.Mem
	mu         sync.Mutex
	room       int
	unreadable bool
}

func (c *crowded) set(room int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room = room
}

func (c *crowded) Create(ctx context.Context) (mailbox.Draft, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.room--; c.room < 0 {
		return nil, fmt.Errorf("mailbox: create: %w", mailbox.ErrFull)
	}
	return c.Mem.Create(ctx)
}

func (c *crowded) Body(ctx context.Context, id mailbox.ID) (io.ReadCloser, error) {
	if c.unreadable {
		return nil, errors.New("open /var/lib/domigo/mail.box/content: input/output error")
	}
	return c.Mem.Body(ctx, id)
}

// Without room for a report, who has the message does not get it again, and who
// has not is reported when there is room.
func TestNoRoomForReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, fs := farLab(t)
		box := &crowded{Mem: l.store}
		l.config.Store = box
		l.restart()
		f.answers["192.0.2.1"] = map[string]string{"RCPT": "250 ok\r\n"}
		f.answers["192.0.2.3"] = map[string]string{"RCPT": "550 5.1.1 unknown\r\n"}
		l.put("jdoe@acme.com", message, "good@[192.0.2.1]", "bad@[192.0.2.3]", "nobody@acme.com", "jane.roe@acme.com")
		l.putDSN("asked@[192.0.2.2]", "SUCCESS", "FAILURE")
		defer l.run()()
		pass(2 * time.Hour)
		if got := f.heardLines("DATA"); len(got) != 2 || len(fs.mails("emea/jroe")) != 1 {
			t.Errorf("without room next hops had %d messages, want 2, and Jane %d, want 1", len(got), len(fs.mails("emea/jroe")))
		}
		if rows := l.rows(); len(rows) != 2 || len(fs.mails("jdoe")) != 0 {
			t.Errorf("without room: %+v", rows)
		}
		box.set(100)
		pass(5 * time.Hour)
		if rows := l.rows(); len(rows) != 0 || len(fs.mails("jdoe")) != 2 || len(f.heardLines("DATA")) != 0 {
			t.Errorf("with room: %d reports, want 2, mail.box %+v", len(fs.mails("jdoe")), rows)
		}
	})
}

// However many reasons there are for the failures of one attempt, there are few
// reports, and each recipient is told of once, also where the room for them ends
// in between.
func TestManyReasons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _, fs := farLab(t)
		box := &crowded{Mem: l.store, room: 4}
		l.config.Store = box
		l.restart()
		var to []string
		for i := range 40 {
			to = append(to, fmt.Sprintf("nobody%d@acme.com", i))
		}
		l.put("jdoe@acme.com", message, to...)
		defer l.run()()
		pass(3 * time.Hour)
		box.set(100)
		pass(5 * time.Hour)
		mails := fs.mails("jdoe")
		if len(mails) > 2*mostReports || len(l.rows()) != 0 {
			t.Errorf("%d reports, mail.box %+v", len(mails), l.rows())
		}
		all := strings.Join(mails, "")
		for _, address := range to {
			if n := strings.Count(all, "Final-Recipient: rfc822;"+address+"\r\n"); n != 1 {
				t.Errorf("%s is told of %d times, want once", address, n)
			}
		}
	})
}

// A message whose content cannot be read ends at the time-out, with a report that
// does not return it, and tells nobody of our files.
func TestContentNotReadable(t *testing.T) {
	for _, key := range []string{"", "mx:[192.0.2.1]", "mx:[192.0.2.1] 8"} {
		key, eight := strings.CutSuffix(key, " 8")
		synctest.Test(t, func(t *testing.T) {
			l, _, fs := farLab(t)
			box := &crowded{Mem: l.store, room: 100, unreadable: true}
			l.config.Store = box
			l.change(func(s *settings.Snapshot) { s.Router.Delay.Notify, s.Router.Delay.Normal = true, 4*time.Hour })
			l.restart()
			id := l.putEnvelope(mailbox.Envelope{Sender: "jdoe@acme.com", EightBit: eight, Recipients: []mailbox.Recipient{{Address: "y@[192.0.2.1]"}}}, message+"gr\xfc\xdfe\r\n")
			l.edit(func(w *mailbox.Work) { w.Key = key })
			stop := l.run()
			pass(30 * time.Hour)
			stop()
			for _, row := range l.rows() {
				if row.Message == id {
					t.Errorf("key %q: after the time-out: %+v", key, row)
				}
			}
			box.unreadable = false // for the reports
			l.restart()
			defer l.run()()
			pass(time.Hour)
			all := strings.Join(fs.mails("jdoe"), "")
			if strings.Count(all, "Action: failed") != 1 || strings.Count(all, "Action: delayed") > 1 || strings.Contains(all, "/var/lib") ||
				strings.Contains(all, "Internal error") {
				t.Errorf("key %q: reports:\n%s", key, all)
			}
		})
	}
}

// unsure is a mail.box that cannot record the end of work so many times. The
// record may take its time, in which stop is called.
type unsure struct {
	*mailbox.Mem
	mu    sync.Mutex
	fails int
	stop  func()
}

func (u *unsure) record(do func() error) error {
	u.mu.Lock()
	u.fails--
	failing := u.fails >= 0
	u.mu.Unlock()
	if failing {
		if u.stop != nil {
			u.stop()
			time.Sleep(3 * time.Minute)
		}
		return fmt.Errorf("mailbox: record: %w", mailbox.ErrFull)
	}
	return do()
}

func (u *unsure) Split(ctx context.Context, t mailbox.Token, into []mailbox.Work) error {
	return u.record(func() error { return u.Mem.Split(ctx, t, into) })
}

func (u *unsure) Done(ctx context.Context, t mailbox.Token) error {
	return u.record(func() error { return u.Mem.Done(ctx, t) })
}

// Where the end of an attempt cannot be recorded at once, nobody is lost, and who
// has the message or was reported is left out when the work is taken up again.
func TestRecordFails(t *testing.T) {
	for _, c := range []struct {
		name, from, to string
		hold, stop     bool
		want           string // what is in the mail.box at the end
		reports, taken int
	}{
		{"held", "jdoe@acme.com", "bad@[192.0.2.3]", true, false, "held", 0, 0},
		{"dead", "", "bad@[192.0.2.3]", false, false, "dead", 0, 0},
		{"transferred", "jdoe@acme.com", "good@[192.0.2.1]", false, false, "", 0, 1},
		{"transferred, and the server stops", "jdoe@acme.com", "good@[192.0.2.1]", false, true, "", 0, 1},
		{"routing, and one fails", "jdoe@acme.com", "nobody@acme.com good@[192.0.2.1]", false, false, "", 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, f, fs := farLab(t)
				box := &unsure{Mem: l.store, fails: 1}
				l.config.Store, l.config.Grace = box, time.Second
				l.change(func(s *settings.Snapshot) { s.Router.HoldUndeliverable = c.hold })
				f.answers["192.0.2.3"] = map[string]string{"RCPT": "550 5.1.1 unknown\r\n"}
				l.restart()
				l.put(c.from, message, strings.Fields(c.to)...)
				if !strings.Contains(c.name, "routing") {
					l.edit(func(w *mailbox.Work) { w.Key = "mx:" + c.to[strings.Index(c.to, "["):] })
				}
				asked := make(chan struct{})
				if c.stop {
					box.stop = func() { close(asked) }
				}
				stop := l.run()
				if c.stop {
					<-asked
					stop()
					l.restart()
					stop = l.run()
				}
				defer func() { stop() }()
				pass(3 * time.Hour)
				var states []string
				for _, row := range l.rows() {
					states = append(states, string(row.State))
				}
				if got := strings.Join(states, " "); got != c.want || len(fs.mails("jdoe")) != c.reports || len(f.heardLines("DATA")) != c.taken {
					t.Errorf("mail.box %q, want %q; %d reports, want %d", got, c.want, len(fs.mails("jdoe")), c.reports)
				}
			})
		})
	}
}

// What a mail file or the message cannot be opened for is the administrator's.
func TestOwnFaultsAreNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, _ := farLab(t)
		l.router.files = nil
		l.change(func(s *settings.Snapshot) { s.Own.Delivery = "maildir:/proc/1/secret-place" })
		l.put("ext@[192.0.2.1]", message, "jane.roe@acme.com")
		defer l.run()()
		pass(time.Hour)
		if rows := l.rows(); len(rows) != 1 || !strings.Contains(rows[0].LastError, "secret-place") {
			t.Errorf("mail.box: %+v", rows)
		}
		pass(30 * time.Hour)
		if said := strings.Join(f.heardLines(""), "\n"); !strings.Contains(said, "Unable to open mailbox file") || strings.Contains(said, "secret") {
			t.Errorf("next hop of the sender heard:\n%s", said)
		}
	})
}
