package smtpd

import (
	"bufio"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"domigo/settings"
)

// embeddedServer runs go-smtp's server in front of a Backend.
func embeddedServer(t *testing.T, c Config, change func(*smtp.Server)) (addr string) {
	t.Helper()
	srv := smtp.NewServer(Backend(c))
	if change != nil {
		change(srv)
	}
	l := listen(t)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		<-served
	})
	return l.Addr().String()
}

func greeted(t *testing.T, addr string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, conn: conn, in: bufio.NewReader(conn)}
	c.want("220")
	return c
}

// The limits of sessions hold behind go-smtp's server as in the listener's own.
func TestBackendLimits(t *testing.T) {
	for name, limit := range map[string]func(*rig, *Config){
		"SMTPMaxSessions":                func(r *rig, _ *Config) { r.set("SMTP.MaxSessions", "1") },
		"Config.MaxSessions":             func(_ *rig, c *Config) { c.MaxSessions = 1 },
		"Domigo_MaxSessionsPerAddress":   func(r *rig, _ *Config) { r.set("Own.MaxSessionsPerAddress", "1") },
		"Domigo_MaxConnectionsPerMinute": func(r *rig, _ *Config) { r.set("Own.MaxConnectionsPerMinute", "1") },
	} {
		t.Run(name, func(t *testing.T) {
			var config Config
			r := newRig(t, func(c *Config) { config = *c })
			config.Counters = &Counters{}
			limit(r, &config)
			addr := embeddedServer(t, config, nil)
			first := greeted(t, addr)
			first.say("EHLO a.b", "250")
			second := greeted(t, addr)
			second.say("EHLO a.b", "421")
			first.say("QUIT", "221")
			if name == "Domigo_MaxConnectionsPerMinute" {
				second.say("EHLO a.b", "421")
				return
			}
			for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
				second.write("EHLO a.b\r\n")
				if got := readReply(t, second.in); strings.HasPrefix(got, "250") {
					break
				} else if time.Now().After(end) {
					t.Fatalf("after the end of the first session: %s", got)
				}
			}
		})
	}
}

// A connection counts once, also when STARTTLS gives it a second session.
func TestBackendLimitsStartTLS(t *testing.T) {
	var config Config
	r := newRig(t, func(c *Config) { config = *c })
	r.set("Own.MaxConnectionsPerMinute", "1")
	addr := embeddedServer(t, config, func(s *smtp.Server) { s.TLSConfig = testCertificate(t) })
	c := greeted(t, addr)
	c.say("EHLO a.b", "250", "STARTTLS", "220")
	secure := tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true})
	c = &client{t: t, conn: secure, in: bufio.NewReader(secure)}
	c.say("EHLO a.b", "250")
	greeted(t, addr).say("EHLO a.b", "421")
}

// Without settings whoever connects is put off, and the process goes on.
func TestWithoutSettings(t *testing.T) {
	for name, view := range map[string]func() *settings.Snapshot{"nil": nil, "gives nil": func() *settings.Snapshot { return nil }} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(c *Config) { c.View = view })
			conn, err := net.Dial("tcp", overTCP(t, r, Plain))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if got := readReply(t, bufio.NewReader(conn)); !strings.HasPrefix(got, "421") {
				t.Errorf("greeting %s, want 421", got)
			}
			greeted(t, embeddedServer(t, Config{View: view, Mailbox: r.box}, nil)).say("EHLO a.b", "421")
		})
	}
}
