package router

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"domigo/mailbox"
	"domigo/settings"
)

// selfSigned makes a certificate that nobody has to trust.
func selfSigned(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "other.example"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// secured notes whether a message came under TLS.
type secured struct {
	sink
	tls []bool
}

func (s *secured) start(t *testing.T, change func(*smtp.Server)) netip.AddrPort {
	return s.serve(t, "127.0.0.1:0", func(srv *smtp.Server) {
		backend := srv.Backend
		srv.Backend = smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
			ses, err := backend.NewSession(c)
			_, is := c.TLSConnectionState()
			s.mu.Lock()
			s.tls = append(s.tls, is)
			s.mu.Unlock()
			return ses, err
		})
		change(srv)
	})
}

func TestSTARTTLS(t *testing.T) {
	broken := &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, io.ErrUnexpectedEOF }}
	good := selfSigned(t)
	tests := []struct {
		name     string
		status   settings.OutboundTLS
		fallback bool
		tls      *tls.Config
		want     string // "tls", "clear", "later"
	}{
		{"negotiated, offered", settings.OutboundNegotiated, false, good, "tls"},
		{"negotiated, not offered", settings.OutboundNegotiated, false, nil, "clear"},
		{"enabled only", settings.OutboundPlain, false, good, "clear"},
		{"handshake fails", settings.OutboundNegotiated, false, broken, "later"},
		{"handshake fails, RouterFallbackNonTLS", settings.OutboundNegotiated, true, broken, "clear"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, s := newLab(t), &secured{}
			at := s.start(t, func(srv *smtp.Server) { srv.TLSConfig = tt.tls })
			l.settings.Router.RelayHost, l.settings.Router.Port = "127.0.0.1", int(at.Port())
			l.settings.Router.PortStatus, l.settings.Router.FallbackNonTLS = tt.status, tt.fallback
			l.put("jdoe@acme.com", message, "x@example.org")
			defer l.run()()
			if tt.want == "later" {
				l.wait("put off", func() bool { return len(l.rows()) == 1 && l.rows()[0].Attempts == 1 })
				if len(s.got()) != 0 {
					t.Errorf("sent in clear")
				}
				return
			}
			l.waitEmpty()
			if got := s.got(); len(got) != 1 || got[0].data != message+"\r\n" {
				t.Fatalf("got %+v", got)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if last := s.tls[len(s.tls)-1]; last != (tt.want == "tls") {
				t.Errorf("under TLS: %v, want %s", last, tt.want)
			}
		})
	}
}

// Plaintext behind the reply to STARTTLS is nobody's word (CVE-2011-0411).
func TestSTARTTLSInjection(t *testing.T) {
	l := newLab(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		dialogue("220 hi\r\n", map[string]string{"EHLO": "250-a\r\n250 starttls\r\n", "STARTTLS": "220 go\r\n250 injected\r\n"}, nil)(conn)
	}()
	l.settings.Router.RelayHost, l.settings.Router.Port = "127.0.0.1", ln.Addr().(*net.TCPAddr).Port
	l.settings.Router.PortStatus = settings.OutboundNegotiated
	l.put("jdoe@acme.com", message, "x@example.org")
	defer l.run()()
	l.wait("put off", func() bool { return len(l.rows()) == 1 && strings.Contains(l.rows()[0].LastError, "plaintext") })
	<-ended
}

// authSession is a session that wants a password.
type authSession struct {
	smtp.Session
	sink       *sink
	mechanisms []string
	in         bool
	need       bool
}

func (a *authSession) AuthMechanisms() []string { return a.mechanisms }

func (a *authSession) Auth(mechanism string) (sasl.Server, error) {
	check := func(user, password string) error {
		if a.sink.users[user] != password {
			return smtp.ErrAuthFailed
		}
		a.in = true
		return nil
	}
	if mechanism == sasl.Plain {
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	}
	return &loginServer{check: check}, nil
}

func (a *authSession) Mail(from string, opts *smtp.MailOptions) error {
	if a.need && !a.in {
		return smtp.ErrAuthRequired
	}
	return a.Session.Mail(from, opts)
}

type loginServer struct {
	check func(user, password string) error
	user  string
	step  int
}

func (s *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	s.step++
	switch s.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		s.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, s.check(s.user, string(response))
}

func TestRelayAuthentication(t *testing.T) {
	tests := []struct {
		name       string
		mode       settings.RelayAuth
		mechanisms []string
		password   string
		need       bool
		sent       bool
	}{
		{"PLAIN", settings.RelayAuthRequired, []string{"PLAIN", "LOGIN"}, "secret", true, true},
		{"LOGIN", settings.RelayAuthRequired, []string{"LOGIN"}, "secret", true, true},
		{"enabled", settings.RelayAuthEnabled, []string{"LOGIN"}, "secret", true, true},
		{"enabled, wrong password, not needed", settings.RelayAuthEnabled, []string{"LOGIN"}, "wrong", false, true},
		{"required, wrong password: later", settings.RelayAuthRequired, []string{"LOGIN"}, "wrong", false, false},
		{"required, mechanism unknown: later", settings.RelayAuthRequired, []string{"GSSAPI"}, "secret", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, s := newLab(t), &sink{users: map[string]string{"acme": "secret"}}
			at := s.serve(t, "127.0.0.1:0", func(srv *smtp.Server) {
				backend := srv.Backend
				srv.Backend = smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
					ses, err := backend.NewSession(c)
					return &authSession{Session: ses, sink: s, mechanisms: tt.mechanisms, need: tt.need}, err
				})
			})
			l.settings.Router.RelayHost, l.settings.Router.Port = "127.0.0.1", int(at.Port())
			l.settings.Router.RelayAuth, l.settings.Router.RelayUser, l.settings.Router.RelayPassword = tt.mode, "acme", tt.password
			l.put("jdoe@acme.com", message, "x@example.org")
			defer l.run()()
			if tt.sent {
				l.waitEmpty()
			} else {
				l.wait("put off", func() bool { return len(l.rows()) == 1 && l.rows()[0].Attempts == 1 })
			}
			if got := len(s.got()); (got == 1) != tt.sent {
				t.Errorf("sent %d, want %v", got, tt.sent)
			}
			if strings.Contains(l.console(), tt.password) {
				t.Error("the password is on the console")
			}
		})
	}
}

// lmtpSession answers for each recipient.
type lmtpSession struct {
	sinkSession
	answer map[string]error
}

func (s *lmtpSession) LMTPData(r io.Reader, status smtp.StatusCollector) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.sink.mu.Lock()
	s.mail.data = string(b)
	s.sink.mails = append(s.sink.mails, s.mail)
	s.sink.mu.Unlock()
	for _, to := range s.mail.to {
		status.SetStatus(to, s.answer[to])
	}
	return nil
}

func TestLMTP(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			address := "127.0.0.1:0"
			if network == "unix" {
				address = filepath.Join(t.TempDir(), "lmtp.sock")
			}
			ln, err := net.Listen(network, address)
			if err != nil {
				t.Fatal(err)
			}
			s := &sink{}
			srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
				return &lmtpSession{sinkSession{sink: s}, map[string]error{
					"jane.roe@acme.com":   &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 2, 2}, Message: "over quota"},
					"postmaster@acme.com": &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "later"},
				}}, nil
			}))
			srv.LMTP, srv.ErrorLog = true, silent{}
			ended := make(chan struct{})
			go func() { defer close(ended); srv.Serve(ln) }()
			defer func() { srv.Close(); <-ended }()

			l := newLab(t)
			l.settings.Own.Delivery = "lmtp:" + ln.Addr().String()
			if network == "unix" {
				l.settings.Own.Delivery = "lmtp:unix:" + address
			}
			l.put("", message, "jdoe@acme.com", "jane.roe@acme.com", "postmaster", "Jane Roe/Acme")
			defer l.run()()
			l.wait("answers", func() bool {
				return len(l.rows()) == 2
			})
			got := s.got()
			if len(got) != 1 || got[0].data != message+"\r\n" || strings.Join(got[0].to, " ") != "jdoe@acme.com jane.roe@acme.com postmaster@acme.com" {
				t.Fatalf("got %+v", got)
			}
			for _, row := range l.rows() {
				var to []string
				for _, r := range row.Recipients {
					to = append(to, r.To)
				}
				switch row.State {
				case mailbox.Dead:
					want := "Error delivering to Jane Roe/Acme mail/emea/jroe; SMTP Protocol Returned a Permanent Error 552 5.2.2 <jane.roe@acme.com> over quota"
					if strings.Join(to, ",") != "jane.roe@acme.com,Jane Roe/Acme" || row.LastError != want {
						t.Errorf("dead: %v %q", to, row.LastError)
					}
				case mailbox.Pending:
					if strings.Join(to, ",") != "postmaster" || !strings.Contains(row.LastError, "452 4.2.2 <postmaster@acme.com> later") {
						t.Errorf("pending: %v %q", to, row.LastError)
					}
				}
			}
		})
	}
}

func TestLineEnds(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "a\r\nb\r\n", "a\r\nb\r\n"},
		{"bare CR", "a\r.\rb", "a\r\n.\r\nb"},
		{"CR CR LF", "a\r\r\n", "a\r\n\r\n"},
		{"bare LF is the client's", "a\nb", "a\nb"},
		{"CR at the end", "a\r", "a\r"},
	}
	for _, tt := range tests {
		for _, size := range []int{1, 2, 100} {
			var b strings.Builder
			w := &lineEnds{w: &b}
			for in := tt.in; in != ""; {
				n := min(size, len(in))
				if got, err := w.Write([]byte(in[:n])); got != n || err != nil {
					t.Fatalf("%s: Write: %d, %v", tt.name, got, err)
				}
				in = in[n:]
			}
			if b.String() != tt.want {
				t.Errorf("%s in pieces of %d: %q gives %q, want %q", tt.name, size, tt.in, b.String(), tt.want)
			}
		}
	}
}

// Nothing in the mail.box can end the data early at the next hop.
func TestNoSmuggling(t *testing.T) {
	l, s := newLab(t), &sink{}
	l.settings.Router.RelayHost = "127.0.0.1"
	l.settings.Router.Port = int(s.serve(t, "127.0.0.1:0", nil).Port())
	l.put("jdoe@acme.com", "Subject: x\r\n\r\na\r.\rMAIL FROM:<evil@example.org>\n.\nb\r\n.\r\nc\r\n", "x@example.org")
	defer l.run()()
	l.waitEmpty()
	want := "Subject: x\r\n\r\na\r\n.\r\nMAIL FROM:<evil@example.org>\r\n.\r\nb\r\n.\r\nc\r\n"
	if got := s.got(); len(got) != 1 || got[0].data != want {
		t.Errorf("got %+v, want one message %q", got, want)
	}
}

func TestDSNParameters(t *testing.T) {
	for _, on := range []bool{true, false} {
		l, s := newLab(t), &sink{}
		l.settings.Router.ExtDSN = on
		l.settings.Router.RelayHost = "127.0.0.1"
		l.settings.Router.Port = int(s.serve(t, "127.0.0.1:0", func(srv *smtp.Server) { srv.EnableDSN = true }).Port())
		l.putEnvelope(mailbox.Envelope{Sender: "jdoe@acme.com", EnvID: "QQ+1", Return: "HDRS", Recipients: []mailbox.Recipient{
			{Address: "x@example.org", ORcpt: "rfc822;y@example.org", Notify: []string{"FAILURE", "DELAY"}},
		}}, message)
		stop := l.run()
		l.waitEmpty()
		stop()
		want := smtp.MailOptions{Size: int64(len(message)), Body: "8BITMIME"}
		if on {
			want.EnvelopeID, want.Return = "QQ+1", "HDRS"
		}
		if got := s.got(); len(got) != 1 || got[0].opts != want {
			t.Errorf("DSN %v: got %+v, want %+v", on, got, want)
		}
	}
}

func FuzzReadReply(f *testing.F) {
	for _, reply := range []string{"220 hi\r\n", "250-a\r\n250 b\r\n", "250-a\r\n550 b\r\n", "25", "abc\r\n", "250\r\n", "250-\n250 \n", "999 x\r\n"} {
		f.Add(reply)
	}
	f.Fuzz(func(t *testing.T, in string) {
		code, lines, err := readReply(bufioConn(strings.NewReader(in)))
		if err == nil && (code < 200 || code > 599 || len(lines) == 0 || len(lines) > replyLines) {
			t.Errorf("readReply(%q) = %d, %q", in, code, lines)
		}
		for _, line := range lines {
			if strings.ContainsAny(line, "\n") {
				t.Errorf("readReply(%q) gives line %q", in, line)
			}
		}
	})
}
