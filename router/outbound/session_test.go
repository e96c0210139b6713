package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

func TestSend(t *testing.T) {
	for _, pipelining := range []bool{true, false} {
		s, o := &sink{}, options()
		o.Pipelining = pipelining
		ses := connect(t, s.serve(t, nil), o)
		m := mail(content, "x@example.org", "y@example.org", "x@example.org", "a> NOTIFY=NEVER <b", "jürgen@example.org")
		rs := ses.Send(t.Context(), m)
		taken := Result{Kind: Done, PeerDSN: true, Reply: "250 2.0.0 OK: queued"}
		want := []Result{taken, taken, taken}
		for range 2 {
			want = append(want, Result{Kind: Failed, Status: "5.1.3", Remote: "sink.example", Cause: "address not allowed in SMTP"})
		}
		for i := range rs {
			if rs[i] != want[i] {
				t.Errorf("pipelining %v: result of %q: %+v, want %+v", pipelining, m.Recipients[i].Address, rs[i], want[i])
			}
		}
		got := s.got()
		if len(got) != 1 || got[0].data != content || got[0].hello != o.Hello || strings.Join(got[0].to, " ") != "x@example.org y@example.org" {
			t.Errorf("pipelining %v: got %+v", pipelining, got)
		}
		if !ses.Usable() {
			t.Error("the session is not usable after a message that was taken")
		}
	}
}

// A message that is refused in any state leaves the session good for the next.
func TestReuseAfterRefusal(t *testing.T) {
	no := &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "no"}
	later := &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "later"}
	tests := []struct {
		name   string
		change func(*sink)
		m      *Message
		want   []Kind
		status string
	}{
		{"MAIL 5yz", func(s *sink) { s.onMail = func(string) error { return no } }, mail(content, "x@a.example"), []Kind{Failed}, "5.7.1"},
		{"MAIL 4yz", func(s *sink) { s.onMail = func(string) error { return later } }, mail(content, "x@a.example"), []Kind{Deferred}, "4.3.0"},
		{"every RCPT", func(s *sink) { s.onRcpt = func(string) error { return no } }, mail(content, "x@a.example", "y@a.example"), []Kind{Failed, Failed}, "5.7.1"},
		{"one RCPT", func(s *sink) {
			s.onRcpt = func(to string) error {
				if to == "x@a.example" {
					return no
				}
				return nil
			}
		}, mail(content, "x@a.example", "y@a.example"), []Kind{Failed, Done}, "5.7.1"},
		{"end of data 5yz", func(s *sink) { s.onData = func(int) error { return no } }, mail(content, "x@a.example", "y@a.example"), []Kind{Failed, Failed}, "5.7.1"},
		{"end of data 4yz", func(s *sink) { s.onData = func(int) error { return later } }, mail(content, "x@a.example"), []Kind{Deferred}, "4.3.0"},
		{"content not there", nil, &Message{Sender: "a@b.example", Recipients: []Recipient{{Address: "x@a.example"}},
			Content: func(context.Context) (io.ReadCloser, error) { return nil, errors.New("disk gone") }}, []Kind{Deferred}, "4.3.0"},
		{"no address", nil, mail(content, ""), []Kind{Failed}, "5.1.3"},
		{"sender not sayable", nil, &Message{Sender: "a\r\nb", Recipients: []Recipient{{Address: "x@a.example"}}}, []Kind{Failed}, "5.1.3"},
	}
	for _, pipelining := range []bool{true, false} {
		for _, tt := range tests {
			name := tt.name
			if pipelining {
				name += ", pipelining"
			}
			t.Run(name, func(t *testing.T) {
				s, o := &sink{}, options()
				if tt.change != nil {
					tt.change(s)
				}
				o.Pipelining = pipelining
				ses := connect(t, s.serve(t, nil), o)
				for i, r := range ses.Send(t.Context(), tt.m) {
					if r.Kind != tt.want[i] || r.Kind != Done && r.Status != tt.status || r.NextHost || r.Stale {
						t.Errorf("%d: %+v, want %v %s", i, r, tt.want[i], tt.status)
					}
				}
				before := len(s.got())
				s.mu.Lock()
				s.onMail, s.onRcpt, s.onData = nil, nil, nil
				s.mu.Unlock()
				if !ses.Usable() {
					t.Fatal("not usable")
				}
				if r := one(t, ses, mail(content, "z@example.org")); r.Kind != Done {
					t.Errorf("next message: %+v", r)
				}
				if got := s.got(); len(got) != before+1 || strings.Join(got[before].to, " ") != "z@example.org" {
					t.Errorf("got %+v", got)
				}
				if n := s.connections(); n != 1 {
					t.Errorf("%d connections", n)
				}
			})
		}
	}
}

func TestSTARTTLS(t *testing.T) {
	broken := &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, io.ErrUnexpectedEOF }}
	old := selfSigned(t)
	old.MaxVersion, old.MinVersion = tls.VersionTLS11, tls.VersionTLS10
	good := selfSigned(t)
	tests := []struct {
		name     string
		mode     TLSMode
		fallback bool
		server   *tls.Config
		want     string // "tls", "clear", or the status of the failure
	}{
		{"offered", IfOffered, false, good, "tls"},
		{"not offered", IfOffered, false, nil, "clear"},
		{"off", NoTLS, false, good, "clear"},
		{"handshake fails", IfOffered, false, broken, "4.7.5"},
		{"handshake fails, RouterFallbackNonTLS", IfOffered, true, broken, "clear"},
		{"TLS 1.1", IfOffered, false, old, "4.7.5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, o := &sink{}, options()
			o.TLS, o.FallbackNonTLS = tt.mode, tt.fallback
			ses, err := Connect(t.Context(), s.serve(t, func(srv *smtp.Server) { srv.TLSConfig = tt.server }), o)
			if err != nil {
				var ce *ConnectError
				if !errors.As(err, &ce) || ce.Result.Kind != Deferred || ce.Result.Status != tt.want || !ce.Result.NextHost {
					t.Errorf("%v: %+v, want %s", err, ce.Result, tt.want)
				}
				return
			}
			defer ses.Close()
			if r := one(t, ses, mail(content, "x@example.org")); r.Kind != Done {
				t.Fatalf("%+v", r)
			}
			if got := s.got(); got[0].secure != (tt.want == "tls") || got[0].hello != o.Hello {
				t.Errorf("got %+v, want %s", got, tt.want)
			}
			if warned := len(ses.Warnings()) > 0; warned != (tt.fallback) {
				t.Errorf("warnings %v", ses.Warnings())
			}
		})
	}
}

// Router_SSLStatus: TLS from the first octet, and a certificate that is asked
// for has to be one.
func TestDirectTLS(t *testing.T) {
	for _, verify := range []bool{false, true} {
		l, err := tls.Listen("tcp", "127.0.0.1:0", selfSigned(t))
		if err != nil {
			t.Fatal(err)
		}
		s, o := &sink{}, options()
		o.TLS = Direct
		if verify {
			o.TLSConfig = &tls.Config{}
		}
		to := s.serveOn(t, l, nil)
		ses, err := Connect(t.Context(), to, o)
		if verify {
			if err == nil || !strings.Contains(err.Error(), "certificate") {
				t.Errorf("a certificate of nobody's: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if r := one(t, ses, mail(content, "x@example.org")); r.Kind != Done || !s.got()[0].secure {
			t.Errorf("%+v, got %+v", r, s.got())
		}
		ses.Close()
	}
}

// authRules are what an authSession wants.
type authRules struct {
	mechanisms []string
	password   string // of the user acme
	need       bool
}

type authSession struct {
	*sinkSession
	rules *authRules
	in    bool
}

func (a *authSession) AuthMechanisms() []string { return a.rules.mechanisms }

func (a *authSession) check(user, password string) error {
	if user != "acme" || password != a.rules.password {
		// A peer that says the password back.
		return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "not " + password}
	}
	a.in = true
	return nil
}

func (a *authSession) Auth(mechanism string) (sasl.Server, error) {
	if mechanism == sasl.Plain {
		return sasl.NewPlainServer(func(_, user, password string) error { return a.check(user, password) }), nil
	}
	return &loginServer{check: a.check}, nil
}

func (a *authSession) Mail(from string, opts *smtp.MailOptions) error {
	if a.rules.need && !a.in {
		return smtp.ErrAuthRequired
	}
	return a.sinkSession.Mail(from, opts)
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

func TestAuth(t *testing.T) {
	tests := []struct {
		name       string
		mode       AuthMode
		mechanisms []string
		password   string
		need       bool
		want       string // "": sent; else part of the reason
		connects   int
	}{
		{"PLAIN", AuthRequired, []string{"LOGIN", "PLAIN"}, "secret", true, "", 1},
		{"LOGIN", AuthRequired, []string{"LOGIN"}, "secret", true, "", 1},
		{"enabled", AuthEnabled, []string{"LOGIN"}, "secret", true, "", 1},
		{"disabled", AuthDisabled, []string{"LOGIN"}, "secret", false, "", 1},
		{"enabled, wrong password, not needed", AuthEnabled, []string{"PLAIN"}, "wrong!", false, "", 2},
		{"enabled, not offered", AuthEnabled, []string{"GSSAPI"}, "secret", false, "", 1},
		{"required, wrong password", AuthRequired, []string{"LOGIN"}, "wrong!", false, "authentication failed: 535 5.7.8 not ***", 1},
		{"required, wrong password, PLAIN", AuthRequired, []string{"PLAIN"}, "wrong!", false, "authentication failed: 535 5.7.8 not ***", 1},
		{"required, mechanism unknown", AuthRequired, []string{"GSSAPI"}, "secret", false, "offers neither PLAIN nor LOGIN", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, o := &sink{auth: &authRules{mechanisms: tt.mechanisms, password: "secret", need: tt.need}}, options()
			o.Auth = Auth{Mode: tt.mode, User: "acme", Password: tt.password}
			var trace strings.Builder
			o.Trace = func(line string) { trace.WriteString(line + "\n") }
			ses, err := Connect(t.Context(), s.serve(t, nil), o)
			var ce *ConnectError
			switch {
			case tt.want == "" && err != nil:
				t.Fatal(err)
			case tt.want == "":
				if r := one(t, ses, mail(content, "x@example.org")); r.Kind != Done {
					t.Errorf("%+v", r)
				}
				ses.Close()
			case !errors.As(err, &ce) || ce.Result.Kind != Deferred || ce.Result.Status != "4.7.0" || !strings.Contains(err.Error(), tt.want):
				t.Errorf("%v, want %q", err, tt.want)
			}
			if n := s.connections(); n != tt.connects {
				t.Errorf("%d connections, want %d", n, tt.connects)
			}
			for _, secret := range (Auth{AuthRequired, "acme", tt.password}).secrets() {
				if strings.Contains(trace.String(), secret) {
					t.Errorf("%q in the trace:\n%s", secret, trace.String())
				}
			}
		})
	}
}

// A long reply that holds the password many times over is still a reply.
func TestLongEcho(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hops{list: []func(net.Conn){dialogue("220 hi\r\n", map[string]string{
			"EHLO": "250-hop\r\n250 AUTH PLAIN\r\n", "AUTH": "235 " + strings.Repeat("x", 1900) + "\r\n",
		}, nil)}}
		o := options()
		o.Dial, o.Auth = h.dial, Auth{Mode: AuthRequired, User: "acme", Password: "x"}
		if r, _, _ := attempt(Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o, mail(content, "x@example.org")); r.Kind != Done {
			t.Errorf("%+v", r)
		}
		h.wg.Wait()
	})
}

func TestLMTP(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			address := "127.0.0.1:0"
			if network == "unix" {
				address = filepath.Join(t.TempDir(), "s")
			}
			l, err := net.Listen(network, address)
			if err != nil {
				t.Fatal(err)
			}
			s := &sink{lmtp: map[string]error{
				"b@acme.com": &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 2, 2}, Message: "over quota"},
				"c@acme.com": &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "later"},
			}}
			to := s.serveOn(t, l, func(srv *smtp.Server) { srv.LMTP = true })
			to.LMTP, to.Name = true, "mailstore"
			ses := connect(t, to, options())
			for round := range 2 {
				rs := ses.Send(t.Context(), mail(content, "a@acme.com", "b@acme.com", "c@acme.com", "a@acme.com", "b@acme.com"))
				var reasons []string
				for _, r := range rs {
					reasons = append(reasons, r.Kind.String()+" "+r.Status+" "+r.Cause)
				}
				want := "done  |failed 5.2.2 SMTP Protocol Returned a Permanent Error 552 5.2.2 <b@acme.com> over quota" +
					"|deferred 4.2.2 SMTP Protocol Returned a Transient Error 452 4.2.2 <c@acme.com> later|done  |failed 5.2.2 SMTP Protocol Returned a Permanent Error 552 5.2.2 <b@acme.com> over quota"
				if got := strings.Join(reasons, "|"); got != want {
					t.Errorf("round %d: got %s\nwant %s", round, got, want)
				}
			}
			if got := s.got(); len(got) != 2 || got[1].data != content || strings.Join(got[1].to, " ") != "a@acme.com b@acme.com c@acme.com" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// Nothing in the content can end the data early at the next hop.
func TestNoSmuggling(t *testing.T) {
	s := &sink{}
	ses := connect(t, s.serve(t, nil), options())
	r := one(t, ses, mail("Subject: x\r\n\r\na\r.\rMAIL FROM:<evil@example.org>\n.\nb\r\n.\r\nEHLO x\r\nc\r", "x@example.org"))
	want := "Subject: x\r\n\r\na\r\n.\r\nMAIL FROM:<evil@example.org>\r\n.\r\nb\r\n.\r\nEHLO x\r\nc\r\n"
	if got := s.got(); r.Kind != Done || len(got) != 1 || got[0].data != want {
		t.Errorf("%+v, got %+v, want one message %q", r, got, want)
	}
}

func TestCancel(t *testing.T) {
	s := &sink{}
	ses := connect(t, s.serve(t, nil), options())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if rs := ses.Send(ctx, mail(content, "x@example.org")); rs[0].Kind != Cancelled || !ses.Usable() {
		t.Errorf("cancelled before: %+v, usable %v", rs[0], ses.Usable())
	}
	var ce *ConnectError
	if _, err := Connect(ctx, s.serve(t, nil), options()); !errors.As(err, &ce) || ce.Result.Kind != Cancelled {
		t.Errorf("Connect: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	m := mail(content, "x@example.org")
	m.Content = func(context.Context) (io.ReadCloser, error) {
		cancel()
		return io.NopCloser(strings.NewReader(content)), nil
	}
	if rs := ses.Send(ctx, m); rs[0].Kind != Cancelled || rs[0].Reason() != "the server stops" || ses.Usable() {
		t.Errorf("cancelled inside: %+v, usable %v", rs[0], ses.Usable())
	}
	if len(s.got()) != 0 {
		t.Errorf("got %+v", s.got())
	}
}

func TestNoConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, err = Connect(t.Context(), Endpoint{Network: "tcp", Address: address}, options())
	want := "Error transferring to 127.0.0.1; connect: connection refused"
	var ce *ConnectError
	if !errors.As(err, &ce) || err.Error() != want || ce.Result.Kind != Deferred || !ce.Result.NextHost {
		t.Errorf("got %v, want %s", err, want)
	}
}
