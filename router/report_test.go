package router

import (
	"errors"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domigo/mailbox"
	"domigo/resolver"
	"domigo/settings"
)

// settled runs the Router until nothing moves, and stops it.
func (l *lab) settled() {
	stop := l.run()
	time.Sleep(time.Second)
	synctest.Wait()
	stop()
}

// one gives the only mail of a mail file as a report of this kind.
func (fs *forgetful) one(t *testing.T, dir, action string) parsed {
	t.Helper()
	got := fs.mails(dir)
	if len(got) != 1 {
		t.Fatalf("%s: %d reports, want 1: %q", dir, len(got), got)
	}
	r := readAnyReport(t, got[0])
	if r.action != action {
		t.Fatalf("%s: Action %q, want %s", dir, r.action, action)
	}
	return r
}

func TestDeliveredReport(t *testing.T) {
	tests := []struct {
		name   string
		sender string
		notify []string
		want   bool
	}{
		{"not asked for", "jdoe@acme.com", nil, false},
		{"SUCCESS", "jdoe@acme.com", []string{"SUCCESS"}, true},
		{"SUCCESS beside others", "jdoe@acme.com", []string{"FAILURE", "SUCCESS", "DELAY"}, true},
		{"FAILURE", "jdoe@acme.com", []string{"FAILURE"}, false},
		{"NEVER", "jdoe@acme.com", []string{"NEVER"}, false},
		{"null sender", "", []string{"SUCCESS"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, _, fs := farLab(t)
				l.settings.Router.Texts.Delivery.Text = "Of failures."
				l.putEnvelope(mailbox.Envelope{Sender: tt.sender, Recipients: []mailbox.Recipient{
					{Address: "jane.roe@acme.com", Notify: tt.notify}, {Address: "ideas@acme.com"}}}, message)
				l.settled()
				if n := len(fs.mails("emea/jroe")); n != 1 {
					t.Errorf("%d deliveries", n)
				}
				if !tt.want {
					if got, rows := fs.mails("jdoe"), l.rows(); len(got) != 0 || len(rows) != 0 {
						t.Errorf("reports: %q, left %+v", got, rows)
					}
					return
				}
				r := fs.one(t, "jdoe", "delivered")
				if r.recipient != "jane.roe@acme.com" || r.status[:2] != "2." || r.subject != "DELIVERED: Test" {
					t.Errorf("report %+v", r)
				}
				if strings.Contains(r.text, "Of failures.") || strings.Contains(r.text, "ideas@acme.com") {
					t.Errorf("text: %q", r.text)
				}
			})
		})
	}
}

func TestRelayedReport(t *testing.T) {
	asked := []string{"SUCCESS", "FAILURE"}
	offers := map[string]string{"EHLO": "250-far.example\r\n250 DSN\r\n"}
	tests := []struct {
		name   string
		notify []string
		hop    map[string]string
		change func(*settings.Router)
		want   string // Action of the report, "" for none
		passed bool   // the request went on to the next hop
	}{
		{"the next hop lacks DSN", asked, nil, nil, "relayed", false},
		{"the next hop has DSN", asked, offers, nil, "", true},
		{"the next hop has DSN and we do not use it", asked, offers, func(r *settings.Router) { r.ExtDSN = false }, "relayed", false},
		{"RouterDisableDSNRelayReports=1", asked, nil, func(r *settings.Router) { r.NoRelayReports = true }, "", false},
		{"not asked for", nil, nil, nil, "", false},
		{"NEVER", []string{"NEVER"}, nil, nil, "", false},
		{"FAILURE alone", []string{"FAILURE"}, nil, nil, "", false},
		{"refused", asked, map[string]string{"RCPT": "550 no such user\r\n"}, nil, "failed", false},
		{"refused, SUCCESS alone", []string{"SUCCESS"}, map[string]string{"RCPT": "550 no such user\r\n"}, nil, "", false},
		{"put off", asked, map[string]string{"RCPT": "450 later\r\n"}, nil, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, f, fs := farLab(t)
				l.settings.Router.Texts.Transfer.Text = "Of failures."
				if tt.change != nil {
					tt.change(&l.settings.Router)
				}
				f.answers["*"] = tt.hop
				l.putDSN("x@[192.0.2.1]", tt.notify...)
				l.settled()
				rcpt := f.heardLines("RCPT ")
				if len(rcpt) != 1 || strings.Contains(rcpt[0], "NOTIFY=") != tt.passed {
					t.Errorf("said %q; with NOTIFY: want %v", rcpt, tt.passed)
				}
				if tt.want == "" {
					if got := fs.mails("jdoe"); len(got) != 0 {
						t.Errorf("reports: %q", got)
					}
					return
				}
				r := fs.one(t, "jdoe", tt.want)
				if r.recipient != "x@[192.0.2.1]" || r.remote != "192.0.2.1" {
					t.Errorf("report %+v", r)
				}
				if strings.Contains(r.text, "Of failures.") != (tt.want == "failed") {
					t.Errorf("text: %q", r.text)
				}
			})
		})
	}
}

// NOTIFY=NEVER: nobody is told of a delivery, a failure or a delay.
func TestNotifyNever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, fs := farLab(t)
		l.settings.Router.Delay = settings.Delay{Notify: true, Normal: time.Hour}
		f.down["192.0.2.2"] = true
		f.answers["192.0.2.1"] = map[string]string{"RCPT": "550 no such user\r\n"}
		l.putDSN("x@[192.0.2.1]", "NEVER")
		l.putDSN("x@[192.0.2.2]", "NEVER")
		l.putDSN("x@[192.0.2.3]", "NEVER")
		l.putDSN("jane.roe@acme.com", "NEVER")
		l.putDSN("nobody@acme.com", "NEVER")
		stop := l.run()
		time.Sleep(25 * time.Hour) // and the second one expires
		synctest.Wait()
		stop()
		if got := fs.mails("jdoe"); len(got) != 0 {
			t.Errorf("reports: %q", got)
		}
		if rows := l.rows(); len(rows) != 0 {
			t.Errorf("left %+v", rows)
		}
	})
}

// What the sender said for his reports comes back in them.
func TestReportParameters(t *testing.T) {
	tests := []struct {
		name, to, ret, kind string
		action              string
		whole               bool
	}{
		{"failure, RET not said", "nobody@acme.com", "", "message/rfc822", "failed", true},
		{"failure, RET=FULL", "nobody@acme.com", "FULL", "message/rfc822", "failed", true},
		{"failure, RET=HDRS", "nobody@acme.com", "HDRS", "text/rfc822-headers", "failed", false},
		{"success never has the body", "jane.roe@acme.com", "FULL", "text/rfc822-headers", "delivered", false},
		{"relay never has the body", "x@[192.0.2.1]", "FULL", "text/rfc822-headers", "relayed", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, _, fs := farLab(t)
				l.settings.Router.FreshMessageID = true
				l.putEnvelope(mailbox.Envelope{Sender: "jdoe@acme.com", EnvID: "QQ314159", Return: tt.ret, Recipients: []mailbox.Recipient{
					{Address: tt.to, ORcpt: "rfc822;Somebody@else.example", Notify: []string{"SUCCESS", "FAILURE"}}}}, message)
				l.settled()
				r := fs.one(t, "jdoe", tt.action)
				if r.envid != "QQ314159" || r.orcpt != "rfc822;Somebody@else.example" || r.recipient != tt.to {
					t.Errorf("report %+v", r)
				}
				if r.kind != tt.kind || strings.Contains(r.original, "last line without end") != tt.whole || !strings.Contains(r.original, "Subject: Test") {
					t.Errorf("returned %s %q", r.kind, r.original)
				}
				if !strings.HasPrefix(r.messageID, "<OF") || !strings.HasSuffix(r.messageID, "@acme.com>") {
					t.Errorf("Message-ID %q", r.messageID)
				}
			})
		})
	}
}

// Who is told of a message with a null sender, by RouterDSNForNULLReversePath.
func TestNullSenderReport(t *testing.T) {
	const both = "From: Jane <jane.roe@acme.com>\r\nSender: jdoe@acme.com\r\n\r\nx\r\n"
	tests := []struct {
		name, content string
		mode          settings.NullPathReport
		to            string // mail file of the report
		dead          bool
	}{
		{"0: dead", both, settings.NullPathDead, "", true},
		{"1: the header's Sender", both, settings.NullPathSend, "jdoe", false},
		{"1: the header's From", "From: jane.roe@acme.com\r\n\r\nx\r\n", settings.NullPathSend, "emea/jroe", false},
		{"1: nobody to tell", "Subject: x\r\n\r\nx\r\n", settings.NullPathSend, "", true},
		{"2: none", both, settings.NullPathNone, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, _, fs := farLab(t)
				l.settings.Router.NullPath = tt.mode
				l.put("", tt.content, "nobody@acme.com")
				l.settled()
				for _, dir := range []string{"jdoe", "emea/jroe"} {
					if dir == tt.to {
						fs.one(t, dir, "failed")
					} else if got := fs.mails(dir); len(got) != 0 {
						t.Errorf("%s: %q", dir, got)
					}
				}
				rows := l.rows()
				if dead := len(rows) == 1 && rows[0].State == mailbox.Dead; dead != tt.dead || !dead && len(rows) > 0 {
					t.Errorf("mail.box %+v, want dead %v", rows, tt.dead)
				}
			})
		})
	}
}

// Recipients with the same reason share a report; other reasons have their own.
func TestReportForEachReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, fs := farLab(t)
		f.answers["*"] = map[string]string{"RCPT": "550 no such user\r\n"}
		l.put("jdoe@acme.com", message, "x@[192.0.2.1]", "y@[192.0.2.1]", "x@[192.0.2.2]", "nofile@acme.com")
		l.settled()
		var of []string
		for _, m := range fs.mails("jdoe") {
			if r := readReport(t, m); strings.Contains(r.text, "  x@[192.0.2.1]\r\n  y@[192.0.2.1]\r\n") {
				of = append(of, "x and y")
			} else {
				of = append(of, r.recipient)
			}
		}
		slices.Sort(of)
		if want := []string{"nofile@acme.com", "x and y", "x@[192.0.2.2]"}; !slices.Equal(of, want) {
			t.Errorf("reports on %q, want %q", of, want)
		}
	})
}

// The administrator's text comes from the file and the field of the class.
func TestReportCustomText(t *testing.T) {
	tests := []struct {
		name string
		text settings.FailureText
		want string // behind the reason
	}{
		{"none", settings.FailureText{}, ""},
		{"text", settings.FailureText{Text: "Ask Fred."}, "\r\nAsk Fred.\r\n"},
		{"file", settings.FailureText{File: "user.txt"}, "\r\nFrom the file.\r\nTwo lines.\r\n"},
		{"both", settings.FailureText{Text: "Ask Fred.", File: "user.txt"}, "\r\nAsk Fred.\r\nFrom the file.\r\nTwo lines.\r\n"},
		{"a file that is not there", settings.FailureText{Text: "Ask Fred.", File: "none.txt"}, "\r\nAsk Fred.\r\n"},
		{"a file that never ends", settings.FailureText{File: "endless.txt"}, "\r\n" + strings.Repeat("x", mostTextFile) + "\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, _, fs := farLab(t)
				l.router.c.Open = func(name string) (io.ReadCloser, error) {
					switch name {
					case "user.txt":
						return io.NopCloser(strings.NewReader("From the file.\r\nTwo lines.\r\n")), nil
					case "endless.txt":
						return io.NopCloser(endless{}), nil
					}
					return nil, errors.New("no such file")
				}
				l.settings.Router.Texts.Username = tt.text
				l.settings.Router.Texts.Delay.File = "none.txt"
				l.put("jdoe@acme.com", message, "nobody@acme.com")
				l.settled()
				r := fs.one(t, "jdoe", "failed")
				_, got, _ := strings.Cut(r.text, "not listed in Domino Directory\r\n")
				if got != tt.want {
					t.Errorf("got %.200q, want %.200q", got, tt.want)
				}
			})
		})
	}
}

// A domain that DNS does not know is a domain failure, one whose hosts have no
// address a server failure; what a next hop refuses is a transfer failure.
func TestFailureClasses(t *testing.T) {
	tests := []struct {
		name, want string
		change     func(*lab)
	}{
		{"no such domain", "domain", func(*lab) {}},
		{"no such domain, dynamic look-up only", "domain", func(l *lab) { l.settings.Router.HostLookup = settings.DynamicOnly }},
		{"no records", "domain", func(l *lab) { l.zone.empty["example.org"] = true }},
		{"null MX", "domain", func(l *lab) { l.zone.mx["example.org"] = []resolver.MX{{Host: ""}} }},
		{"the MX has no address", "server", func(l *lab) { l.zone.mx["example.org"] = []resolver.MX{{Host: "none.example"}} }},
		{"the MX is the domain, which has no address", "domain", func(l *lab) { l.zone.mx["example.org"] = []resolver.MX{{Host: "example.org"}} }},
		{"the relay host has no address", "server", func(l *lab) { l.settings.Router.RelayHost = "relay.example" }},
		{"refused", "transfer", func(l *lab) { l.zone.addrs["example.org"] = []netip.Addr{netip.MustParseAddr("192.0.2.1")} }},
		{"SMTP is off", "domain", func(l *lab) { l.settings.Router.ExternalSMTP = false }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, f, fs := farLab(t)
				f.answers["*"] = map[string]string{"RCPT": "550 no such user\r\n"}
				x := &l.settings.Router.Texts
				for class, text := range map[string]*settings.FailureText{"transfer": &x.Transfer, "delivery": &x.Delivery, "expiration": &x.Expiration,
					"domain": &x.Domain, "server": &x.Server, "username": &x.Username, "size": &x.Size, "restriction": &x.Restriction, "delay": &x.Delay} {
					text.Text = "Class " + class
				}
				tt.change(l)
				l.put("jdoe@acme.com", message, "x@example.org")
				l.settled()
				r := fs.one(t, "jdoe", "failed")
				if _, got, _ := strings.Cut(r.text, "\r\nClass "); got != tt.want+"\r\n" {
					t.Errorf("got %q, want %s: %q", got, tt.want, r.text)
				}
			})
		})
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}
