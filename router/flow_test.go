package router

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"domigo/mailbox"
	"domigo/resolver"
	"domigo/router/route"
	"domigo/settings"
)

const message = "From: a@b.example\r\nSubject: Test\r\n\r\nHello\r\n.dot\r\n\r\nlast line without end"

// files gives the content of every message in a Maildir.
func files(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(filepath.Join(dir, "new"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var out []string
	for _, f := range list {
		b, err := os.ReadFile(filepath.Join(dir, "new", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	return out
}

func TestLocalDelivery(t *testing.T) {
	l := newLab(t)
	id := l.put("a@b.example", message, "jdoe@acme.com", "John.Doe@acme.com", "jane.roe@acme.com", "postmaster")
	defer l.run()()
	l.waitEmpty()
	want := "Return-Path: <a@b.example>\r\nDelivered-To: jdoe@acme.com\r\n" + message
	if got := files(t, filepath.Join(l.config.MailDir, "mail/jdoe")); len(got) != 1 || got[0] != want {
		t.Errorf("mail/jdoe: got %q, want once %q", got, want)
	}
	for _, dir := range []string{"mail/emea/jroe", "mail/postmaster"} {
		if got := files(t, filepath.Join(l.config.MailDir, dir)); len(got) != 1 || !strings.HasSuffix(got[0], message) {
			t.Errorf("%s: got %q", dir, got)
		}
	}
	if want := "Router: Message " + id.Short() + " delivered to John Doe/Acme"; !strings.Contains(l.console(), want) {
		t.Errorf("console: want %q in\n%s", want, l.console())
	}
}

func TestGroupReachesEveryMemberOnce(t *testing.T) {
	l, s := newLab(t), &sink{}
	l.settings.Router.RelayHost = "127.0.0.1"
	l.settings.Router.Port = int(s.serve(t, "127.0.0.1:0", nil).Port())
	l.put("a@b.example", message, "sales@acme.com", "ext@example.org")
	defer l.run()()
	l.waitEmpty()
	for _, dir := range []string{"mail/jdoe", "mail/emea/jroe"} {
		if got := files(t, filepath.Join(l.config.MailDir, dir)); len(got) != 1 {
			t.Errorf("%s: %d messages, want 1", dir, len(got))
		}
	}
	if got := s.got(); len(got) != 1 || strings.Join(got[0].to, " ") != "ext@example.org fred@example.net" {
		t.Errorf("relay host got %+v", got)
	}
}

func TestRelayHost(t *testing.T) {
	tests := []struct {
		name   string
		mode   settings.RelayAuth
		server func(*smtp.Server)
		sent   bool
	}{
		{"no authentication", settings.RelayAuthDisabled, nil, true},
		{"enabled, none offered", settings.RelayAuthEnabled, nil, true},
		{"required, none offered", settings.RelayAuthRequired, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, s := newLab(t), &sink{}
			l.settings.Router.RelayHost, l.settings.Router.RelayAuth = "[127.0.0.1]", tt.mode
			l.settings.Router.Port = int(s.serve(t, "127.0.0.1:0", tt.server).Port())
			id := l.put("jdoe@acme.com", message, "x@example.org")
			defer l.run()()
			if !tt.sent {
				l.wait("put off", func() bool { return len(l.rows()) == 1 && l.rows()[0].Attempts == 1 })
				if got := s.got(); len(got) != 0 {
					t.Errorf("sent without authentication: %+v", got)
				}
				return
			}
			l.waitEmpty()
			got := s.got()
			if len(got) != 1 || got[0].from != "jdoe@acme.com" || got[0].data != message+"\r\n" {
				t.Fatalf("relay host got %+v", got)
			}
			if got[0].opts.Size != int64(len(message)) {
				t.Errorf("SIZE=%d, want %d", got[0].opts.Size, len(message))
			}
			if want := "Router: Message " + id.Short() + " transferred to 127.0.0.1 for x@example.org via SMTP"; !strings.Contains(l.console(), want) {
				t.Errorf("console: want %q in\n%s", want, l.console())
			}
		})
	}
}

// hidden extensions are not used even when the next hop offers them.
func TestExtensionsOff(t *testing.T) {
	l, s := newLab(t), &sink{}
	l.settings.Router.ExtSize, l.settings.Router.ExtEightBit = false, false
	l.settings.Router.RelayHost = "[127.0.0.1]"
	l.settings.Router.Port = int(s.serve(t, "127.0.0.1:0", nil).Port())
	l.put("jdoe@acme.com", message, "x@example.org")
	defer l.run()()
	l.waitEmpty()
	if got := s.got(); len(got) != 1 || got[0].opts.Size != 0 || got[0].opts.Body != "" {
		t.Errorf("got %+v, want neither SIZE nor BODY", got)
	}
}

// port listens on several addresses of 127.0.0.0/8 with one port, as hosts of a
// domain do.
func port(t *testing.T, hosts map[string]*sink) int {
	t.Helper()
	for range 20 {
		probe, err := net.Listen("tcp", "127.0.0.9:0")
		if err != nil {
			t.Fatal(err)
		}
		at := netip.MustParseAddrPort(probe.Addr().String())
		probe.Close()
		free := true
		for host := range hosts {
			l, err := net.Listen("tcp", netip.AddrPortFrom(netip.MustParseAddr(host), at.Port()).String())
			if err != nil {
				free = false
				break
			}
			l.Close()
		}
		if free {
			for host, s := range hosts {
				s.serve(t, netip.AddrPortFrom(netip.MustParseAddr(host), at.Port()).String(), nil)
			}
			return int(at.Port())
		}
	}
	t.Fatal("no port is free on all addresses")
	return 0
}

func TestMX(t *testing.T) {
	addr := netip.MustParseAddr
	tests := []struct {
		name  string
		zone  func(*zone)
		first func(*sink)
		host  string // which sink gets it
	}{
		{"lowest preference", func(z *zone) {
			z.mx["example.org"] = []resolver.MX{{Host: "mx2.example", Pref: 20}, {Host: "mx1.example", Pref: 10}}
		}, nil, "127.0.0.2"},
		{"address when there is no MX", func(z *zone) { z.addrs["example.org"] = []netip.Addr{addr("127.0.0.3")} }, nil, "127.0.0.3"},
		{"next MX when nobody listens", func(z *zone) {
			z.mx["example.org"] = []resolver.MX{{Host: "dead.example", Pref: 5}, {Host: "mx2.example", Pref: 20}}
		}, nil, "127.0.0.3"},
		{"next MX when a host has no address", func(z *zone) {
			z.mx["example.org"] = []resolver.MX{{Host: "none.example", Pref: 5}, {Host: "mx2.example", Pref: 20}}
		}, nil, "127.0.0.3"},
		{"next address of a host", func(z *zone) {
			z.mx["example.org"] = []resolver.MX{{Host: "two.example", Pref: 5}}
			z.addrs["two.example"] = []netip.Addr{addr("127.0.0.4"), addr("127.0.0.3")}
		}, nil, "127.0.0.3"},
		{"literal", func(*zone) {}, nil, "127.0.0.2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			sinks := map[string]*sink{"127.0.0.2": {}, "127.0.0.3": {}}
			l.settings.Router.Port = port(t, sinks)
			l.zone.addrs["mx1.example"] = []netip.Addr{addr("127.0.0.2")}
			l.zone.addrs["mx2.example"] = []netip.Addr{addr("127.0.0.3")}
			l.zone.addrs["dead.example"] = []netip.Addr{addr("127.0.0.4")}
			tt.zone(l.zone)
			to := "x@example.org"
			if tt.name == "literal" {
				to = "x@[127.0.0.2]"
			}
			l.put("jdoe@acme.com", message, to)
			defer l.run()()
			l.waitEmpty()
			for host, s := range sinks {
				want := 0
				if host == tt.host {
					want = 1
				}
				if got := s.got(); len(got) != want {
					t.Errorf("%s got %d messages, want %d", host, len(got), want)
				}
			}
		})
	}
}

// What cannot go out at all comes back to the sender with the reason.
func TestNoNextHop(t *testing.T) {
	tests := []struct {
		name, reason string
		change       func(*lab)
	}{
		{"no such domain", "No route found to domain example.org from server Server-704/Acme.  Check DNS configuration.", func(*lab) {}},
		{"null MX", "No route found to domain example.org from server Server-704/Acme.  Check DNS configuration.", func(l *lab) {
			l.zone.mx["example.org"] = []resolver.MX{{Host: ""}}
		}},
		{"no address anywhere", "No route found to domain example.org from server Server-704/Acme.  Check DNS configuration.", func(l *lab) {
			l.zone.mx["example.org"] = []resolver.MX{{Host: "none.example"}}
		}},
		{"our own listener", route.ReasonSelf, func(l *lab) {
			l.zone.addrs["example.org"] = []netip.Addr{netip.MustParseAddr("127.0.0.8")}
			l.config.Own = func(a netip.AddrPort) bool { return a == netip.MustParseAddrPort("127.0.0.8:25") }
		}},
		{"our own name", route.ReasonSelf, func(l *lab) {
			l.zone.mx["example.org"] = []resolver.MX{{Host: "SERVER-704.acme.com"}}
		}},
		{"loopback outside of a lab", route.ReasonSelf, func(l *lab) {
			l.zone.addrs["example.org"] = []netip.Addr{netip.MustParseAddr("127.0.0.8")}
			l.config.AllLoopback = false
		}},
		{"unspecified outside of a lab", route.ReasonSelf, func(l *lab) {
			l.zone.addrs["example.org"] = []netip.Addr{netip.IPv6Unspecified()}
			l.config.AllLoopback = false
		}},
		{"relay host is ourselves", route.ReasonSelf, func(l *lab) {
			l.settings.Router.RelayHost = "127.0.0.8"
			l.config.Own = func(a netip.AddrPort) bool { return true }
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			tt.change(l)
			l.put("jdoe@acme.com", message, "x@example.org")
			defer l.run()()
			l.waitEmpty()
			got := files(t, filepath.Join(l.config.MailDir, "mail/jdoe"))
			if len(got) != 1 {
				t.Fatalf("%d reports, want 1; console:\n%s", len(got), l.console())
			}
			if r := readReport(t, got[0]); r.reason != tt.reason {
				t.Errorf("reason: got %q, want %q", r.reason, tt.reason)
			}
		})
	}
}

func TestRepliesPerRecipient(t *testing.T) {
	l, s := newLab(t), &sink{}
	s.onRcpt = func(to string) error {
		switch to {
		case "gone@example.org":
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user\nask somebody else"}
		case "later@example.org":
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: "busy"}
		}
		return nil
	}
	l.settings.Router.RelayHost = "127.0.0.1"
	l.settings.Router.Port = int(s.serve(t, "127.0.0.1:0", nil).Port())
	l.put("jdoe@acme.com", message, "good@example.org", "gone@example.org", "later@example.org")
	defer l.run()()
	reports := filepath.Join(l.config.MailDir, "mail/jdoe")
	l.wait("report", func() bool { return len(files(t, reports)) == 1 && len(l.rows()) == 1 })
	row := l.rows()[0]
	if len(row.Recipients) != 1 || row.Recipients[0].To != "later@example.org" || row.Attempts != 1 ||
		row.LastError != "Error transferring to 127.0.0.1; SMTP Protocol Returned a Transient Error 451 4.2.0 busy" {
		t.Errorf("what is left: %+v", row)
	}
	if got := s.got(); len(got) != 1 || strings.Join(got[0].to, " ") != "good@example.org" {
		t.Errorf("sink got %+v", got)
	}
	r := readReport(t, files(t, reports)[0])
	if want := "Error transferring to 127.0.0.1; SMTP Protocol Returned a Permanent Error 550 No such user 5.1.1 ask somebody else"; r.reason != want {
		t.Errorf("reason: got %q, want %q", r.reason, want)
	}
	if r.status != "5.1.1" || r.recipient != "gone@example.org" || r.remote != "127.0.0.1" {
		t.Errorf("report %+v", r)
	}
	if !strings.Contains(l.console(), "NOT transferred via SMTP to 127.0.0.1 for gone@example.org from jdoe@acme.com Size: 1K Error transferring to 127.0.0.1;") {
		t.Errorf("console:\n%s", l.console())
	}
	// "route *" takes up what waits.
	s.mu.Lock()
	s.onRcpt = nil
	s.mu.Unlock()
	if n, err := l.router.Route(t.Context(), "*"); n != 1 || err != nil {
		t.Errorf("Route: %d, %v", n, err)
	}
	l.waitEmpty()
}

func TestMessageAsAWhole(t *testing.T) {
	hops := strings.Repeat("Received: from a\r\n\tby b\r\n", 26)
	tests := []struct {
		name, content, reason string
		size                  int64
	}{
		{"hops", hops + message, route.ReasonHops, 0},
		{"hops at the limit", hops[len("Received: from a\r\n\tby b\r\n"):] + message, "", 0},
		{"received in the body", message + "\r\n" + hops, "", 0},
		{"size", message, route.ReasonSize, int64(len(message)) - 1},
		{"size at the limit", message, "", int64(len(message))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			l.settings.Router.MaxMessageSize = tt.size
			l.settings.Router.MaxHops = 25
			l.put("jdoe@acme.com", tt.content, "jane.roe@acme.com")
			defer l.run()()
			l.waitEmpty()
			if got := files(t, filepath.Join(l.config.MailDir, "mail/emea/jroe")); len(got) == 1 != (tt.reason == "") {
				t.Errorf("%d messages delivered", len(got))
			}
			reports := files(t, filepath.Join(l.config.MailDir, "mail/jdoe"))
			switch {
			case tt.reason == "" && len(reports) != 0:
				t.Errorf("reports %q", reports)
			case tt.reason != "" && (len(reports) != 1 || readReport(t, reports[0]).reason != tt.reason):
				t.Errorf("got %q, want one report: %s", reports, tt.reason)
			}
		})
	}
}

func TestUndeliverable(t *testing.T) {
	tests := []struct {
		name   string
		env    mailbox.Envelope
		change func(*settings.Snapshot)
		state  mailbox.State // of what stays in the mail.box, "" for nothing
		to     string        // mail file of the report
	}{
		{"report to the sender", mailbox.Envelope{Sender: "jdoe@acme.com"}, nil, "", "mail/jdoe"},
		{"null sender: dead", mailbox.Envelope{}, nil, mailbox.Dead, ""},
		{"null sender, none", mailbox.Envelope{}, func(s *settings.Snapshot) { s.Router.NullPath = settings.NullPathNone }, "", ""},
		{"null sender, sent to From", mailbox.Envelope{}, func(s *settings.Snapshot) { s.Router.NullPath = settings.NullPathSend }, "", "mail/emea/jroe"},
		{"our own report: always dead", mailbox.Envelope{Report: true}, func(s *settings.Snapshot) { s.Router.NullPath = settings.NullPathSend }, mailbox.Dead, ""},
		{"hold undeliverable mail", mailbox.Envelope{Sender: "jdoe@acme.com"}, func(s *settings.Snapshot) { s.Router.HoldUndeliverable = true }, mailbox.Held, ""},
		{"NOTIFY=NEVER", mailbox.Envelope{Sender: "jdoe@acme.com", Recipients: []mailbox.Recipient{{Address: "nobody@acme.com", Notify: []string{"NEVER"}}}}, nil, "", ""},
		{"NOTIFY=SUCCESS", mailbox.Envelope{Sender: "jdoe@acme.com", Recipients: []mailbox.Recipient{{Address: "nobody@acme.com", Notify: []string{"SUCCESS"}}}}, nil, "", ""},
		{"sender unknown too: dead", mailbox.Envelope{Sender: "gone@acme.com"}, nil, mailbox.Dead, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			if tt.change != nil {
				tt.change(l.settings)
			}
			if tt.env.Recipients == nil {
				tt.env.Recipients = []mailbox.Recipient{{Address: "nobody@acme.com"}}
			}
			l.putEnvelope(tt.env, "From: Jane <jane.roe@acme.com>\r\n\r\nx\r\n")
			stop := l.run()
			l.wait("end", func() bool {
				rows := l.rows()
				if tt.state == "" {
					return len(rows) == 0
				}
				return len(rows) == 1 && rows[0].State == tt.state
			})
			stop()
			for _, dir := range []string{"mail/jdoe", "mail/emea/jroe"} {
				want := 0
				if dir == tt.to {
					want = 1
				}
				if got := files(t, filepath.Join(l.config.MailDir, dir)); len(got) != want {
					t.Errorf("%s: %d reports, want %d", dir, len(got), want)
				}
			}
		})
	}
}

// One recipient set aside does not keep the others, and what an administrator
// releases is routed anew.
func TestDeadBesideGood(t *testing.T) {
	l := newLab(t)
	id := l.put("", message, "nobody@acme.com", "jane.roe@acme.com")
	defer l.run()()
	// The totals: a listing is no picture of one moment.
	l.wait("dead, and nothing else left", func() bool {
		n, err := l.store.Counts(t.Context())
		return err == nil && n.Pending == 0 && n.Dead == 1
	})
	if got := files(t, filepath.Join(l.config.MailDir, "mail/emea/jroe")); len(got) != 1 {
		t.Errorf("good recipient got %d", len(got))
	}
	l.change(func(s *settings.Snapshot) { s.Router.NullPath = settings.NullPathNone })
	row := l.rows()[0]
	if err := l.store.Requeue(t.Context(), id, row.Key, row.Due); err != nil {
		t.Fatal(err)
	}
	l.waitEmpty()
}

func TestQueuesAndStatistics(t *testing.T) {
	l := newLab(t)
	l.zone.down["example.org"] = true
	l.put("jdoe@acme.com", message, "x@example.org", "jane.roe@acme.com")
	defer l.run()()
	l.wait("put off", func() bool { return len(l.rows()) == 1 && l.rows()[0].Attempts == 1 })
	var q Queues
	// The record is in the mail.box before its thread is free.
	l.wait("a free thread", func() bool {
		var err error
		if q, err = l.router.Queues(t.Context()); err != nil || len(q.Queues) != 1 {
			t.Fatalf("Queues: %+v, %v", q, err)
		}
		return q.Transfer.Total == 0
	})
	if w := q.Queues[0]; w.Destination != "EXAMPLE.ORG" || w.State != "Retry" || w.LastError != route.ReasonDNS+` (look up MX "example.org": context deadline exceeded)` || w.NextRetry.IsZero() || w.Attempts != 1 {
		t.Errorf("queue %+v", w)
	}
	if want := (Threads{Max: 25, MaxConcurrent: 12}); q.Transfer != want {
		t.Errorf("transfer threads %+v, want %+v", q.Transfer, want)
	}
	l.wait("delivery counted", func() bool {
		list, err := l.router.Statistics(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]int64{}
		for _, v := range list {
			values[v.Name] = v.Value
		}
		return values["Mail.Delivered"] == 1 && values["Mail.TotalRouted"] == 1 && values["Mail.TotalPending"] == 1
	})
}

// "SMTP outbound TCP/IP port status" Disabled: mail waits for the port.
func TestOutboundPortDisabled(t *testing.T) {
	l, s := newLab(t), &sink{}
	l.settings.Router.RelayHost, l.settings.Router.PortStatus = "127.0.0.1", settings.OutboundDisabled
	l.settings.Router.Port = int(s.serve(t, "127.0.0.1:0", nil).Port())
	l.put("jdoe@acme.com", message, "x@example.org")
	defer l.run()()
	l.wait("put off", func() bool { return len(l.rows()) == 1 && l.rows()[0].LastError == reasonPort })
	l.change(func(s *settings.Snapshot) { s.Router.PortStatus = settings.OutboundPlain })
	if n, err := l.router.Route(t.Context(), "127.0.0.1"); n != 1 || err != nil {
		t.Errorf("Route: %d, %v", n, err)
	}
	l.waitEmpty()
}

func TestRouteNotRunning(t *testing.T) {
	l := newLab(t)
	if _, err := New(l.config).Route(t.Context(), "*"); !errors.Is(err, ErrNotRunning) {
		t.Errorf("got %v, want %v", err, ErrNotRunning)
	}
}
