package router

import (
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"domigo/internal/resolver"
	"domigo/mailbox"
)

const utf8Message = "From: Jürgen <jürgen@acme.com>\r\nSubject: Grüße\r\n\r\nHallo\r\n"

func offersUTF8(srv *smtp.Server) { srv.EnableSMTPUTF8, srv.EnableDSN = true, true }

func utf8Envelope(sender string, to ...string) mailbox.Envelope {
	env := mailbox.Envelope{Sender: sender, UTF8: true, Body: "8BITMIME"}
	for _, a := range to {
		env.Recipients = append(env.Recipients, mailbox.Recipient{Address: a, ORcpt: "utf-8;" + a})
	}
	return env
}

func TestUTF8Transfer(t *testing.T) {
	l, s := newLab(t), &sink{}
	at := s.serve(t, "127.0.0.2:0", offersUTF8)
	l.settings.Router.Port = int(at.Port())
	l.zone.mx["xn--bcher-kva.example"] = []resolver.MX{{Host: "mx.example", Pref: 10}}
	l.zone.addrs["mx.example"] = []netip.Addr{at.Addr()}
	id := l.putEnvelope(utf8Envelope("jürgen@acme.com", "用户@Bücher.example", `"ü ä"@xn--bcher-kva.example`), utf8Message)
	defer l.run()()
	l.waitEmpty()
	got := s.got()
	if len(got) != 1 || !got[0].opts.UTF8 || got[0].opts.Body != smtp.Body8BitMIME || got[0].from != "jürgen@acme.com" || got[0].data != utf8Message {
		t.Fatalf("got %+v", got)
	}
	if to := strings.Join(got[0].to, "|"); to != "用户@Bücher.example|ü ä@xn--bcher-kva.example" {
		t.Errorf("recipients %q", to)
	}
	if got[0].orcpt[0] != "UTF-8;用户@Bücher.example" {
		t.Errorf("ORCPT %q", got[0].orcpt)
	}
	if want := "Router: Message " + id.Short() + " transferred to MX.EXAMPLE for 用户@Bücher.example"; !strings.Contains(l.console(), want) {
		t.Errorf("console: want %q in\n%s", want, l.console())
	}
}

// A message without SMTPUTF8 never goes out with it, whatever is offered.
func TestUTF8NotAsked(t *testing.T) {
	l, s := newLab(t), &sink{}
	l.settings.Router.RelayHost = "127.0.0.1"
	l.settings.Router.Port = int(s.serve(t, "127.0.0.1:0", offersUTF8).Port())
	l.put("jdoe@acme.com", message, "x@example.org", "jürgen@example.org")
	defer l.run()()
	l.waitEmpty()
	if got := s.got(); len(got) != 1 || got[0].opts.UTF8 || strings.Join(got[0].to, " ") != "x@example.org" {
		t.Errorf("got %+v", got)
	}
	report := files(t, filepath.Join(l.config.MailDir, "mail/jdoe"))
	if len(report) != 1 || !strings.Contains(report[0], "Status: 5.1.3\r\n") || !strings.Contains(report[0], "Content-Type: message/rfc822\r\n") {
		t.Errorf("report %q", report)
	}
}

func TestUTF8NotOffered(t *testing.T) {
	tests := []struct {
		name, sender, ret string
		content           string
		kind              string // of the part with the original
	}{
		{"whole", "jdoe@acme.com", "FULL", utf8Message, "message/global"},
		{"header", "jdoe@acme.com", "HDRS", utf8Message, "message/global-headers"},
		{"header in ASCII", "jdoe@acme.com", "HDRS", message, "text/rfc822-headers"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, s := newLab(t), &sink{}
			l.settings.Router.RelayHost = "127.0.0.1"
			l.settings.Router.Port = int(s.serve(t, "127.0.0.1:0", nil).Port())
			env := utf8Envelope(tt.sender, "jürgen@bücher.example")
			env.Return = tt.ret
			l.putEnvelope(env, tt.content)
			defer l.run()()
			l.waitEmpty()
			if got := s.got(); len(got) != 0 {
				t.Fatalf("sent without SMTPUTF8: %+v", got)
			}
			got := files(t, filepath.Join(l.config.MailDir, "mail/jdoe"))
			if len(got) != 1 {
				t.Fatalf("%d reports", len(got))
			}
			r := readReport(t, got[0])
			if r.status != "5.6.7" || r.reason != "Error transferring to 127.0.0.1; the remote server does not offer SMTPUTF8" || r.kind != tt.kind {
				t.Errorf("report: %+v", r)
			}
			if r.recipient != `utf-8;j\x{FC}rgen@b\x{FC}cher.example` || !strings.Contains(got[0], "\r\nOriginal-Recipient: utf-8;j\\x{FC}rgen@b\\x{FC}cher.example\r\n") {
				t.Errorf("recipient %q in\n%s", r.recipient, got[0])
			}
		})
	}
}

// The report to a sender outside ASCII needs SMTPUTF8 itself; where it cannot go
// out it is dead, as any report that fails.
func TestUTF8ReportNeedsUTF8(t *testing.T) {
	l, s := newLab(t), &sink{}
	l.settings.Router.RelayHost = "127.0.0.1"
	l.settings.Router.Port = int(s.serve(t, "127.0.0.1:0", nil).Port())
	l.putEnvelope(utf8Envelope("用户@bücher.example", "nobody@acme.com"), utf8Message)
	defer l.run()()
	l.wait("dead", func() bool { return len(l.rows()) == 1 && l.rows()[0].State == mailbox.Dead })
	if row := l.rows()[0]; !row.Envelope.UTF8 || !row.Envelope.Report || row.Recipients[0].To != "用户@bücher.example" {
		t.Errorf("report %+v", row)
	}
	if got := s.got(); len(got) != 0 {
		t.Errorf("sent without SMTPUTF8: %+v", got)
	}
}

// The next host of a domain may offer what the first does not.
func TestUTF8NextHost(t *testing.T) {
	l, without, with := newLab(t), &sink{}, &sink{}
	at := with.serve(t, "127.0.0.3:0", offersUTF8)
	without.serve(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), at.Port()).String(), nil)
	l.settings.Router.Port = int(at.Port())
	l.zone.mx["example.org"] = []resolver.MX{{Host: "mx1.example", Pref: 10}, {Host: "mx2.example", Pref: 20}}
	l.zone.addrs["mx1.example"] = []netip.Addr{netip.MustParseAddr("127.0.0.2")}
	l.zone.addrs["mx2.example"] = []netip.Addr{netip.MustParseAddr("127.0.0.3")}
	l.putEnvelope(utf8Envelope("jdoe@acme.com", "x@example.org"), utf8Message)
	defer l.run()()
	l.waitEmpty()
	if a, b := without.got(), with.got(); len(a) != 0 || len(b) != 1 || !b[0].opts.UTF8 {
		t.Errorf("first host got %+v, second %+v", a, b)
	}
}

func TestUTF8Delivery(t *testing.T) {
	l := newLab(t)
	l.putEnvelope(utf8Envelope("用户@bücher.example", "jdoe@acme.com"), utf8Message)
	defer l.run()()
	l.waitEmpty()
	want := "Return-Path: <用户@bücher.example>\r\nDelivered-To: jdoe@acme.com\r\n" + utf8Message
	if got := files(t, filepath.Join(l.config.MailDir, "mail/jdoe")); len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want once %q", got, want)
	}
}

func TestUTF8LMTP(t *testing.T) {
	for _, offered := range []bool{true, false} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := &sink{}
		srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
			return &lmtpSession{sinkSession: sinkSession{sink: s}}, nil
		}))
		srv.LMTP, srv.ErrorLog, srv.EnableSMTPUTF8 = true, silent{}, offered
		ended := make(chan struct{})
		go func() { defer close(ended); srv.Serve(ln) }()

		l := newLab(t)
		l.settings.Own.Delivery = "lmtp:" + ln.Addr().String()
		l.putEnvelope(utf8Envelope("", "jdoe@acme.com"), utf8Message)
		stop := l.run()
		if offered {
			l.waitEmpty()
		} else {
			l.wait("dead", func() bool { return len(l.rows()) == 1 && l.rows()[0].State == mailbox.Dead })
			want := `Error delivering to jdoe@acme.com mail\jdoe.nsf; the remote server does not offer SMTPUTF8`
			if got := l.rows()[0].LastError; got != want {
				t.Errorf("reason %q, want %q", got, want)
			}
		}
		stop()
		if got := s.got(); offered != (len(got) == 1) || offered && (!got[0].opts.UTF8 || got[0].data != utf8Message) {
			t.Errorf("offered %v: got %+v", offered, got)
		}
		srv.Close()
		<-ended
	}
}
