package router

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domigo/mailbox"
	"domigo/settings"
	"domigo/settings/match"
)

// pass lets time go by and gives what is quiet again.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// delays counts the delay reports in a mail file, and fails on other mail.
func (fs *forgetful) delays(t *testing.T, dir string) int {
	t.Helper()
	n := 0
	for _, m := range fs.mails(dir) {
		if r := readAnyReport(t, m); r.action != "delayed" {
			t.Errorf("%s: %+v", dir, r)
		}
		n++
	}
	return n
}

// edit changes the only unit in the mail.box.
func (l *lab) edit(change func(*mailbox.Work)) {
	l.t.Helper()
	rows := l.rows()
	if len(rows) != 1 {
		l.t.Fatalf("mail.box %+v, want one unit", rows)
	}
	err := l.store.Edit(l.t.Context(), rows[0].Message, rows[0].Key, func(w *mailbox.Work) error {
		change(w)
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

// A delay report comes once, at the first look at waiting mail behind the
// interval of the priority.
func TestDelayReportOnce(t *testing.T) {
	tests := []struct {
		name     string
		delay    settings.Delay
		priority string
		notify   []string
		after    time.Duration // 0: never
	}{
		{"off", settings.Delay{Normal: time.Hour}, "", nil, 0},
		{"normal", settings.Delay{Notify: true, High: 3 * time.Hour, Normal: time.Hour, Low: 5 * time.Hour}, "", nil, time.Hour},
		{"high", settings.Delay{Notify: true, High: 3 * time.Hour, Normal: time.Hour, Low: 5 * time.Hour}, "H", nil, 3 * time.Hour},
		{"low", settings.Delay{Notify: true, High: 3 * time.Hour, Normal: time.Hour, Low: 5 * time.Hour}, "L", nil, 5 * time.Hour},
		{"not of this priority", settings.Delay{Notify: true, Normal: time.Hour}, "H", nil, 0},
		{"between two looks", settings.Delay{Notify: true, Normal: 61 * time.Minute}, "", nil, 75 * time.Minute},
		{"NOTIFY with DELAY", settings.Delay{Notify: true, Normal: time.Hour}, "", []string{"FAILURE", "DELAY"}, time.Hour},
		{"NOTIFY without DELAY", settings.Delay{Notify: true, Normal: time.Hour}, "", []string{"FAILURE"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, f, fs := farLab(t)
				l.settings.Router.Delay = tt.delay
				f.down["*"] = true
				l.putEnvelope(mailbox.Envelope{Sender: "jdoe@acme.com", Priority: tt.priority,
					Recipients: []mailbox.Recipient{{Address: "x@[192.0.2.1]", Notify: tt.notify}}}, message)
				defer l.run()()
				before := tt.after
				if before == 0 {
					before = 20 * time.Hour
				}
				pass(before - time.Second)
				if n := fs.delays(t, "jdoe"); n != 0 {
					t.Errorf("%d reports before it is time", n)
				}
				if tt.after == 0 {
					return
				}
				pass(2 * time.Second)
				r := fs.one(t, "jdoe", "delayed")
				if r.status != "4.4.7" || r.recipient != "x@[192.0.2.1]" || r.subject != "DELIVERY DELAY: Test" || r.kind != "text/rfc822-headers" {
					t.Errorf("report %+v", r)
				}
				if want := time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC); r.retryUntil != want.Format("Mon, 2 Jan 2006 15:04:05 -0700") {
					t.Errorf("Will-Retry-Until %q, want %v", r.retryUntil, want)
				}
				pass(18 * time.Hour)
				if n := fs.delays(t, "jdoe"); n != 1 {
					t.Errorf("%d reports in the end", n)
				}
			})
		})
	}
}

// Both defaults are 24 hours. What expires is reported as that, and not as late in
// the same moment, whether it was tried before or still waits for a thread.
func TestDelayReportOfExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, fs := farLab(t)
		l.settings.Router.Delay = settings.Delay{Notify: true, High: 24 * time.Hour, Normal: 24 * time.Hour, Low: 24 * time.Hour}
		f.down["*"] = true
		l.put("jdoe@acme.com", message, "x@[192.0.2.1]")
		stop := l.run()
		pass(25 * time.Hour)
		stop()
		fs.one(t, "jdoe", "failed")

		id := l.put("jdoe@acme.com", message, "x@[192.0.2.1]")
		l.edit(func(w *mailbox.Work) { w.Key = "mx:[192.0.2.1]" })
		time.Sleep(24 * time.Hour)
		if err := l.router.sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		rows := l.rows()
		if len(rows) != 1 || rows[0].Message != id || rows[0].Delayed {
			t.Errorf("mail.box after a look at what waits for its first attempt: %+v", rows)
		}
	})
}

// Mail that waits because the directory does not answer is late as any other.
func TestDelayOfRouting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _, fs := farLab(t)
		l.settings.Router.Delay = settings.Delay{Notify: true, Normal: 2 * time.Hour}
		l.config.Assistance = &further{away: true}
		l.restart()
		l.put("john.doe@acme.com", message, "lena@acme.com") // found without asking
		defer l.run()()
		pass(2*time.Hour + time.Second)
		if r := fs.one(t, "jdoe", "delayed"); r.recipient != "lena@acme.com" || r.status != "4.4.7" {
			t.Errorf("report %+v", r)
		}
	})
}

// Held and dead mail is no delay; when it is released the clock begins anew.
func TestDelayOfHeldAndDead(t *testing.T) {
	for _, state := range []mailbox.State{mailbox.Held, mailbox.Dead} {
		t.Run(string(state), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, f, fs := farLab(t)
				l.settings.Router.Delay = settings.Delay{Notify: true, Normal: 2 * time.Hour}
				f.down["*"] = true
				l.put("jdoe@acme.com", message, "x@[192.0.2.1]")
				defer l.run()()
				pass(time.Minute)
				l.edit(func(w *mailbox.Work) { w.State = state })
				pass(48*time.Hour + 7*time.Minute)
				if rows := l.rows(); len(rows) != 1 || rows[0].State != state {
					t.Fatalf("mail.box %+v", rows)
				}
				row := l.rows()[0]
				if err := l.store.Requeue(t.Context(), row.Message, row.Key, time.Now()); err != nil {
					t.Fatal(err)
				}
				pass(2*time.Hour - time.Second)
				if n := fs.delays(t, "jdoe"); n != 0 {
					t.Errorf("%d reports though it is released for less than two hours", n)
				}
				pass(15 * time.Minute)
				if n := fs.delays(t, "jdoe"); n != 1 {
					t.Errorf("%d reports after its release, want 1", n)
				}
			})
		})
	}
}

// nights is a time range that begins three hours from the start of a bubble.
var nights = settings.Window{From: 3 * 60, To: 5 * 60}

// Mail of low priority waits for its time range, other mail does not.
func TestLowPriorityWaits(t *testing.T) {
	tests := []struct {
		name     string
		priority string // of the envelope
		header   string
		change   func(*settings.Router)
		want     time.Duration // when it is sent
	}{
		{"low", "L", "", nil, 3 * time.Hour},
		{"normal", "N", "", nil, 0},
		{"high", "H", "", nil, 0},
		{"header", "", "X-Priority: 5\r\n", nil, 3 * time.Hour},
		{"the envelope goes before the header", "N", "X-Priority: 5\r\n", nil, 0},
		{"policy", "H", "", func(r *settings.Router) { r.LowPriority.BySize, r.MaxMessageSize = true, 1<<20 }, 3 * time.Hour},
		{"ignored", "L", "", func(r *settings.Router) { r.IgnorePriority = true }, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, f, fs := farLab(t)
				l.settings.Router.LowPriority.Time = nights
				if tt.change != nil {
					tt.change(&l.settings.Router)
				}
				l.putEnvelope(mailbox.Envelope{Sender: "a@b.example", Priority: tt.priority,
					Recipients: []mailbox.Recipient{{Address: "x@[192.0.2.1]"}, {Address: "jdoe@acme.com"}}}, tt.header+message)
				defer l.run()()
				if tt.want > 0 {
					pass(tt.want - time.Second)
					if got := f.dialled(); len(got) != 0 {
						t.Errorf("dialled before it is time: %v", got)
					}
					if want := "Message transfer for 1 recipients has been delayed until low priority time range 03:00 - 05:00"; !strings.Contains(l.console(), want) {
						t.Errorf("console: no %q in\n%s", want, l.console())
					}
				}
				pass(2 * time.Second)
				if got := f.dialled(); len(got) != 1 || len(l.rows()) != 0 {
					t.Errorf("dialled %v, left %+v", got, l.rows())
				}
				if got := fs.mails("jdoe"); len(got) != 1 {
					t.Errorf("%d local deliveries", len(got))
				}
			})
		})
	}
}

// A retry of low-priority mail that would fall out of the range waits for the
// next one.
func TestLowPriorityRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, _ := farLab(t)
		l.settings.Router.LowPriority.Time = settings.Window{From: 0, To: 40}
		l.settings.Router.MessageTimeout = 72 * time.Hour
		f.down["*"] = true
		l.putEnvelope(mailbox.Envelope{Sender: "a@b.example", Priority: "L", Recipients: []mailbox.Recipient{{Address: "x@[192.0.2.1]"}}}, message)
		defer l.run()()
		pass(24*time.Hour - time.Second)
		if got := f.dialled(); len(got) != 2 { // at 0:00 and 0:15; 0:45 is outside
			t.Errorf("%d attempts on the first day, want 2", len(got))
		}
		pass(2 * time.Second)
		if got := f.dialled(); len(got) != 1 {
			t.Errorf("%d attempts when the range began again, want 1", len(got))
		}
	})
}

// Who waits for the low priority time range is told of it once, if the field or
// the variables say so.
func TestLowPriorityNotice(t *testing.T) {
	tests := []struct {
		name   string
		low    settings.LowPriority
		policy bool
		at     time.Duration // the look that sends it, 0 for none
	}{
		{"none", settings.LowPriority{}, false, 0},
		{"all", settings.LowPriority{Notify: settings.LowNotifyAll}, false, 15 * time.Minute},
		{"user, asked for", settings.LowPriority{Notify: settings.LowNotifyUser}, false, 15 * time.Minute},
		{"user, policy", settings.LowPriority{Notify: settings.LowNotifyUser}, true, 0},
		{"policy, asked for", settings.LowPriority{Notify: settings.LowNotifyPolicy}, false, 0},
		{"policy", settings.LowPriority{Notify: settings.LowNotifyPolicy}, true, 15 * time.Minute},
		{"after an hour", settings.LowPriority{NotifyAfter: time.Hour}, false, time.Hour},
		{"after an hour, for policy too", settings.LowPriority{NotifyAfter: time.Hour, Notify: settings.LowNotifyUser}, true, time.Hour},
		{"too near to the range", settings.LowPriority{Notify: settings.LowNotifyAll, NotifyBuffer: 3 * time.Hour}, false, 0},
		{"not so near", settings.LowPriority{Notify: settings.LowNotifyAll, NotifyBuffer: 2 * time.Hour}, false, 15 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, _, fs := farLab(t)
				tt.low.Time = nights
				priority := "L"
				if tt.policy {
					tt.low.BySize, l.settings.Router.MaxMessageSize, priority = true, 1<<20, ""
				}
				l.settings.Router.LowPriority = tt.low
				l.putEnvelope(mailbox.Envelope{Sender: "jdoe@acme.com", Priority: priority, Recipients: []mailbox.Recipient{{Address: "x@[192.0.2.1]"}}}, message)
				defer l.run()()
				if tt.at > 0 {
					pass(tt.at - time.Second)
					if n := fs.delays(t, "jdoe"); n != 0 {
						t.Errorf("%d notices before it is time", n)
					}
				}
				pass(4 * time.Hour)
				if tt.at == 0 {
					if n := fs.delays(t, "jdoe"); n != 0 {
						t.Errorf("%d notices", n)
					}
					return
				}
				r := fs.one(t, "jdoe", "delayed")
				if want := "Message transfer for 1 recipients has been delayed until low priority time range 03:00 - 05:00"; !strings.Contains(r.text, want) {
					t.Errorf("text %q, want %q", r.text, want)
				}
			})
		})
	}
}

// What has waited too long is given up at the next look, though its next attempt
// is far; what is held never is.
func TestExpiryAtSweep(t *testing.T) {
	tests := []struct {
		name   string
		change func(*settings.Router)
		env    mailbox.Envelope
		reason string // "" for no report
		at     time.Duration
	}{
		{"between attempts", func(r *settings.Router) { r.RetryInterval = 4 * time.Hour }, mailbox.Envelope{},
			"Error transferring to 192.0.2.1; connection refused", 45 * time.Minute},
		{"waiting for the low priority range", func(r *settings.Router) { r.LowPriority.Time = nights }, mailbox.Envelope{Priority: "L"}, reasonExpired, 45 * time.Minute},
		{"purge interval of an hour", func(r *settings.Router) { r.RetryInterval, r.PurgeInterval = 4*time.Hour, time.Hour }, mailbox.Envelope{},
			"Error transferring to 192.0.2.1; connection refused", time.Hour},
		{"held", nil, mailbox.Envelope{Hold: "by a rule"}, "", 45 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, f, fs := farLab(t)
				r := &l.settings.Router
				r.MessageTimeoutMinutes = 40 * time.Minute
				r.Texts.Expiration.Text = "Too late."
				if tt.change != nil {
					tt.change(r)
				}
				f.down["*"] = true
				tt.env.Sender, tt.env.Recipients = "jdoe@acme.com", []mailbox.Recipient{{Address: "x@[192.0.2.1]"}}
				l.putEnvelope(tt.env, message)
				defer l.run()()
				pass(tt.at - time.Second)
				if got := fs.mails("jdoe"); len(got) != 0 || len(l.rows()) != 1 {
					t.Errorf("before the look: %q, %+v", got, l.rows())
				}
				f.dialled()
				pass(2 * time.Second)
				if tt.reason == "" {
					if rows := l.rows(); len(rows) != 1 || rows[0].State != mailbox.Held {
						t.Errorf("mail.box %+v, want it held", rows)
					}
					return
				}
				got := fs.one(t, "jdoe", "failed")
				if got.status != "5.4.7" || got.reason != tt.reason || !strings.Contains(got.text, "Too late.") {
					t.Errorf("report %+v", got)
				}
				if rows, more := l.rows(), f.dialled(); len(rows) != 0 || len(more) != 0 {
					t.Errorf("left %+v, dialled %v", rows, more)
				}
			})
		})
	}
}

// deadTries plays dead mail for a day and gives the hours at which it was tried
// and the one at which it was deleted, -1 for never. between is called each hour.
func deadTries(t *testing.T, l *lab, tried func() int, between func(hour int)) (tries []int, deleted int) {
	t.Helper()
	tried()
	for hour := 1; hour <= 24; hour++ {
		pass(time.Hour)
		if tried() > 0 {
			tries = append(tries, hour)
		}
		if len(l.rows()) == 0 {
			return tries, hour
		}
		if between != nil {
			between(hour)
		}
	}
	return tries, -1
}

func TestDeadMail(t *testing.T) {
	tests := []struct {
		name    string
		dead    settings.DeadMail
		to      string
		restart bool
		tries   []int // hours
		deleted int
	}{
		{"off", settings.DeadMail{Tries: 3, Wait: 2 * time.Hour}, "far@acme.com", false, nil, -1},
		{"three tries", settings.DeadMail{Automatic: true, Tries: 3, Wait: 2 * time.Hour}, "far@acme.com", false, []int{2, 4, 6}, 8},
		{"no tries", settings.DeadMail{Automatic: true, Wait: 2 * time.Hour}, "far@acme.com", false, nil, 1},
		{"the count survives restarts", settings.DeadMail{Automatic: true, Tries: 3, Wait: 2 * time.Hour}, "far@acme.com", true, []int{2, 4, 6}, 8},
		{"external recipients are not tried", settings.DeadMail{Automatic: true, Tries: 3, Wait: 2 * time.Hour}, "x@example.org", false, nil, 8},
		{"those of the company behind another server are", settings.DeadMail{Automatic: true, Tries: 3, Wait: 2 * time.Hour,
			Internal: match.Domains([]string{"example.org"}, match.NoGroups{})}, "x@example.org", false, []int{2, 4, 6}, 8},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, f, _ := farLab(t)
				l.settings.Router.DeadMail = tt.dead
				f.answers["*"] = map[string]string{"RCPT": "550 no such user\r\n"}
				l.zone.addrs["example.org"] = []netip.Addr{netip.MustParseAddr("192.0.2.1")}
				l.put("", message, tt.to)
				stop := l.run()
				defer func() { stop() }()
				pass(2 * time.Minute) // an hour later the look at a quarter is over
				if rows := l.rows(); len(rows) != 1 || rows[0].State != mailbox.Dead {
					t.Fatalf("mail.box %+v, want it dead", rows)
				}
				seen := 0
				tried := func() int {
					n := int(l.router.stats.routed.Load())
					d := n - seen
					seen = n
					return d
				}
				between := func(int) {}
				if tt.restart {
					between = func(int) {
						stop()
						l.restart()
						seen = 0
						stop = l.run()
					}
				}
				tries, deleted := deadTries(t, l, tried, between)
				if !slices.Equal(tries, tt.tries) || deleted != tt.deleted {
					t.Errorf("tried at hours %v, deleted at %d; want %v, %d", tries, deleted, tt.tries, tt.deleted)
				}
				if got := f.dialled(); tt.to == "x@example.org" && len(got) != 1+len(tt.tries) {
					t.Errorf("dialled %v, want the first time and %d tries", got, len(tt.tries))
				}
			})
		})
	}
}

// Dead mail whose recipient was entered meanwhile is delivered.
func TestDeadMailRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _, fs := farLab(t)
		l.settings.Router.DeadMail = settings.DeadMail{Automatic: true, Tries: 3, Wait: time.Hour}
		l.settings.Router.MaxMessageSize = 10
		l.put("", message, "jdoe@acme.com")
		defer l.run()()
		pass(time.Minute)
		if rows := l.rows(); len(rows) != 1 || rows[0].State != mailbox.Dead {
			t.Fatalf("mail.box %+v, want it dead", rows)
		}
		l.change(func(s *settings.Snapshot) { s.Router.MaxMessageSize = 0 })
		pass(75 * time.Minute)
		if rows, got := l.rows(), fs.mails("jdoe"); len(rows) != 0 || len(got) != 1 {
			t.Errorf("%d delivered, left %+v", len(got), rows)
		}
	})
}

// Which recipients of dead mail are inside the company.
func TestInternal(t *testing.T) {
	plain, listed := acmeSettings(), acmeSettings()
	listed.Router.DeadMail.Internal = match.Domains([]string{"partner.example"}, match.NoGroups{})
	for _, tt := range []struct {
		name, to string
		s        *settings.Snapshot
		want     bool
	}{
		{"a name", "John Doe/Acme", plain, true},
		{"local domain", "jdoe@acme.com", plain, true},
		{"alias", "jdoe@ACME.example", plain, true},
		{"elsewhere", "x@example.org", plain, false},
		{"listed", "x@partner.example", listed, true},
		{"the list replaces the local domains", "jdoe@acme.com", listed, false},
	} {
		if got := internal(tt.s, &mailbox.Target{To: tt.to}); got != tt.want {
			t.Errorf("%s: internal(%s) = %v, want %v", tt.name, tt.to, got, tt.want)
		}
	}
}
