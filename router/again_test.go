package router

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"domigo/mailbox"
	"domigo/resolver"
)

// stuck is a Resolver that answers nothing, until who asks gives up.
type stuck struct{ *zone }

func (stuck) MX(ctx context.Context, domain string) ([]resolver.MX, error) {
	<-ctx.Done()
	return nil, &resolver.Error{Name: domain, Type: "MX", Err: ctx.Err()}
}

// A look-up that the stop of the server breaks off is no attempt, and says nothing
// of the destination: the mail goes out at once after the next start.
func TestStopDuringLookUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _, _ := farLab(t)
		l.config.Resolver = stuck{l.zone}
		l.restart()
		l.put("jdoe@acme.com", message, "x@example.org")
		stop := l.run()
		pass(time.Second)
		stop()
		rows := l.rows()
		if len(rows) != 1 || rows[0].Attempts != 0 || rows[0].LastError != "" || rows[0].Due.After(time.Now()) {
			t.Errorf("mail.box after the stop: %+v", rows)
		}
	})
}

// siblings puts a message into the mail.box whose first recipient has a unit of
// its own, and whose others are to be routed.
func (l *lab) siblings(first mailbox.Work, to ...string) {
	l.t.Helper()
	l.put("jdoe@acme.com", message, to...)
	claims, err := l.store.Claim(l.t.Context(), "test", time.Minute, mailbox.Want{Limit: 1})
	if err != nil || len(claims) != 1 {
		l.t.Fatal(claims, err)
	}
	first.Recipients = claims[0].Recipients[:1]
	rest := mailbox.Work{Recipients: claims[0].Recipients[1:], Due: time.Now()}
	if err := l.store.Split(l.t.Context(), claims[0].Token, []mailbox.Work{first, rest}); err != nil {
		l.t.Fatal(err)
	}
}

// Recipients that are routed anew to where others of their message wait go there
// when those have gone. That is no error, and who failed beside them is reported
// once.
func TestWaitsForOthersOfTheMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, fs := farLab(t)
		log := &lockedBuffer{}
		l.config.Log = zerolog.New(log).Level(zerolog.ErrorLevel)
		l.restart()
		l.siblings(mailbox.Work{Key: "mx:[192.0.2.1]", Due: time.Now().Add(time.Hour), Attempts: 1},
			"x@[192.0.2.1]", "y@[192.0.2.1]", "z@[192.0.2.2]", "nobody@acme.com")
		defer l.run()()
		pass(30 * time.Minute)
		rows := l.rows()
		if len(rows) != 2 || rows[0].Key != "edited:1:mx:[192.0.2.1]" || rows[0].LastError != reasonOthers || len(rows[0].Recipients) != 1 {
			t.Errorf("mail.box while others wait: %+v", rows)
		}
		if got := f.heardLines("RCPT"); len(got) != 1 || !strings.Contains(got[0], "z@") {
			t.Errorf("next hops heard %q", got)
		}
		fs.one(t, "jdoe", "failed")
		pass(32 * time.Minute)
		if got := f.heardLines("RCPT"); len(got) != 2 || len(l.rows()) != 0 {
			t.Errorf("next hop heard %q, mail.box %+v", got, l.rows())
		}
		if log.String() != "" {
			t.Errorf("log: %s", log.String())
		}
	})
}

// Recipients behind a unit that an administrator holds expire as all others.
func TestWaitsNotForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, fs := farLab(t)
		l.siblings(mailbox.Work{Key: "mx:[192.0.2.1]", State: mailbox.Held}, "x@[192.0.2.1]", "y@[192.0.2.1]")
		defer l.run()()
		pass(23 * time.Hour)
		if rows := l.rows(); len(rows) != 2 || len(fs.mails("jdoe")) != 0 {
			t.Errorf("mail.box before the time-out: %+v", rows)
		}
		pass(2 * time.Hour)
		rows := l.rows()
		if len(rows) != 1 || rows[0].State != mailbox.Held || len(f.dialled()) != 0 {
			t.Errorf("mail.box after the time-out: %+v", rows)
		}
		if r := fs.one(t, "jdoe", "failed"); !strings.Contains(r.text, reasonExpired) {
			t.Errorf("report:\n%s", r.text)
		}
	})
}

// Where one recipient of a unit is no longer right while the work of routing
// waits, say for a directory, the right ones go on at once.
func TestRoutedAnewBesideRouting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, _ := farLab(t)
		l.put("jane.roe@acme.com", message, "lena@acme.com", "y@[192.0.2.1]", "z@[192.0.2.2]")
		claims, err := l.store.Claim(t.Context(), "test", time.Minute, mailbox.Want{Limit: 1})
		if err != nil || len(claims) != 1 {
			t.Fatal(claims, err)
		}
		to := claims[0].Recipients
		if err := l.store.Split(t.Context(), claims[0].Token, []mailbox.Work{
			{Recipients: to[:1], Due: time.Now().Add(time.Hour), Attempts: 1},
			{Key: "mx:[192.0.2.1]", Recipients: to[1:], Due: time.Now()},
		}); err != nil {
			t.Fatal(err)
		}
		defer l.run()()
		pass(time.Minute)
		if got := f.heardLines("RCPT"); len(got) != 2 {
			t.Errorf("next hops heard %q, mail.box %+v", got, l.rows())
		}
	})
}

// What an administrator releases waits for the message time-out anew, also where
// it is routed to a next hop that does not answer.
func TestReleasedHasItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, fs := farLab(t)
		f.down["*"] = true
		id := l.put("jdoe@acme.com", message, "y@[192.0.2.1]")
		l.edit(func(w *mailbox.Work) { w.State, w.Key = mailbox.Held, "held:1:mx:[192.0.2.1]" })
		time.Sleep(48 * time.Hour)
		if err := l.store.Requeue(t.Context(), id, "", time.Now()); err != nil {
			t.Fatal(err)
		}
		defer l.run()()
		pass(20 * time.Hour)
		if rows := l.rows(); len(rows) != 1 || rows[0].Key != "mx:[192.0.2.1]" || len(fs.mails("jdoe")) != 0 {
			t.Errorf("mail.box after 20 hours: %+v, reports %d", rows, len(fs.mails("jdoe")))
		}
		pass(10 * time.Hour)
		fs.one(t, "jdoe", "failed")
	})
}

// slowRecord is a mail.box that takes its time to record a result. The stop of
// the server begins meanwhile.
type slowRecord struct {
	*mailbox.Mem
	began func()
}

func (s slowRecord) wait() {
	s.began()
	time.Sleep(time.Minute)
}

func (s slowRecord) Split(ctx context.Context, t mailbox.Token, into []mailbox.Work) error {
	s.wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.Mem.Split(ctx, t, into)
}

func (s slowRecord) Done(ctx context.Context, t mailbox.Token) error {
	s.wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.Mem.Done(ctx, t)
}

// A stop of the server between a failure report and the record of it does not
// send the report again after the next start.
func TestStopBehindReport(t *testing.T) {
	for name, key := range map[string]string{"routing": "", "given up": "report:1:mx:[192.0.2.1]"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, _, fs := farLab(t)
				begun := make(chan struct{}, 10)
				l.config.Store = slowRecord{l.store, func() { begun <- struct{}{} }}
				l.config.Grace = time.Second
				l.restart()
				l.put("jdoe@acme.com", message, "nobody@acme.com")
				l.edit(func(w *mailbox.Work) { w.Key = key })
				stop := l.run()
				<-begun
				stop()
				l.config.Store = l.store
				l.restart()
				defer l.run()()
				pass(time.Hour)
				fs.one(t, "jdoe", "failed")
				if rows := l.rows(); len(rows) != 0 {
					t.Errorf("mail.box: %+v", rows)
				}
			})
		})
	}
}

// Mail that lay in a server that was down for longer than the time-out has time for
// more than one attempt: the network may come up behind the server.
func TestTimeAfterAStart(t *testing.T) {
	for _, up := range []time.Duration{20 * time.Minute, 2 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			l, f, fs := farLab(t)
			l.put("jdoe@acme.com", message, "y@[192.0.2.1]")
			f.down["*"] = true
			time.Sleep(48 * time.Hour)
			defer l.run()()
			pass(up)
			f.set(func() { f.down["*"] = false })
			pass(time.Hour)
			sent, told := len(f.heardLines("DATA")), len(fs.mails("jdoe"))
			if early := up < afterStart; (sent == 1) != early || (told == 0) != early || len(l.rows()) != 0 {
				t.Errorf("up after %v: sent %d, reports %d, mail.box %+v", up, sent, told, l.rows())
			}
		})
	}
}
