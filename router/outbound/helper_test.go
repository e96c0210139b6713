package outbound

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const content = "From: jdoe@acme.com\r\nSubject: hi\r\n\r\n.dot\r\nbye\r\n"

// all extensions on, as the tests want it unless they say otherwise.
func options() Options {
	return Options{Hello: "server-704.acme.com", Size: true, DSN: true, EightBit: true, Pipelining: true}
}

func text(s string) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }
}

func mail(s string, to ...string) *Message {
	m := &Message{Sender: "jdoe@acme.com", Size: int64(len(s)), Content: text(s)}
	for _, a := range to {
		m.Recipients = append(m.Recipients, Recipient{Address: a})
	}
	return m
}

// taken is a message that a sink took.
type taken struct {
	from   string
	to     []string
	opts   smtp.MailOptions
	rcpt   []smtp.RcptOptions
	data   string
	hello  string
	secure bool
}

// sink is a next hop: a go-smtp server with replies to order.
type sink struct {
	mu       sync.Mutex
	mails    []taken
	connects int
	onMail   func(from string) error
	onRcpt   func(to string) error
	onData   func(n int) error
	auth     *authRules
	lmtp     map[string]error // the replies of LMTP
}

func (s *sink) got() []taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]taken(nil), s.mails...)
}

func (s *sink) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connects
}

// serve starts the sink on a free port of 127.0.0.1.
func (s *sink) serve(t testing.TB, change func(*smtp.Server)) Endpoint {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return s.serveOn(t, l, change)
}

func (s *sink) serveOn(t testing.TB, l net.Listener, change func(*smtp.Server)) Endpoint {
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.connects++
		base := &sinkSession{sink: s, conn: c}
		switch {
		case s.lmtp != nil:
			return &lmtpSession{base}, nil
		case s.auth != nil:
			return &authSession{sinkSession: base, rules: s.auth}, nil
		}
		return base, nil
	}))
	srv.Domain, srv.AllowInsecureAuth, srv.ErrorLog, srv.EnableDSN = "sink.example", true, silent{}, true
	if change != nil {
		change(srv)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = srv.Serve(l)
	}()
	t.Cleanup(func() {
		srv.Close()
		l.Close() // Serve may not have come to know it yet
		<-ended
	})
	return Endpoint{Network: l.Addr().Network(), Address: l.Addr().String(), Name: "sink.example"}
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

type sinkSession struct {
	sink *sink
	conn *smtp.Conn
	mail taken
}

func (s *sinkSession) Reset()        { s.mail = taken{} }
func (s *sinkSession) Logout() error { return nil }

func (s *sinkSession) Mail(from string, opts *smtp.MailOptions) error {
	if s.sink.onMail != nil {
		if err := s.sink.onMail(from); err != nil {
			return err
		}
	}
	_, secure := s.conn.TLSConnectionState()
	s.mail = taken{from: from, opts: *opts, hello: s.conn.Hostname(), secure: secure}
	return nil
}

func (s *sinkSession) Rcpt(to string, opts *smtp.RcptOptions) error {
	if s.sink.onRcpt != nil {
		if err := s.sink.onRcpt(to); err != nil {
			return err
		}
	}
	s.mail.to, s.mail.rcpt = append(s.mail.to, to), append(s.mail.rcpt, *opts)
	return nil
}

func (s *sinkSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	if s.sink.onData != nil {
		if err := s.sink.onData(len(s.sink.mails)); err != nil {
			return err
		}
	}
	s.mail.data = string(b)
	s.sink.mails = append(s.sink.mails, s.mail)
	return nil
}

// lmtpSession answers for each recipient.
type lmtpSession struct{ *sinkSession }

func (s *lmtpSession) LMTPData(r io.Reader, status smtp.StatusCollector) error {
	if err := s.Data(r); err != nil {
		return err
	}
	for _, to := range s.mail.to {
		status.SetStatus(to, s.sink.lmtp[to])
	}
	return nil
}

// connect opens a session that the test's end closes.
func connect(t testing.TB, to Endpoint, o Options) *Session {
	t.Helper()
	s, err := Connect(t.Context(), to, o)
	if err != nil {
		t.Fatalf("Connect: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// one sends and gives the only result.
func one(t testing.TB, s *Session, m *Message) Result {
	t.Helper()
	rs := s.Send(t.Context(), m)
	if len(rs) != 1 {
		t.Fatalf("%d results for %d recipients", len(rs), len(m.Recipients))
	}
	return rs[0]
}

// dialogue is a next hop that answers each line it reads, in upper case, as a
// whole or by its verb, and takes
// content after DATA, whose end has the verb ".". An empty answer goes to after
// and then closes the connection.
func dialogue(greeting string, answers map[string]string, after func(conn net.Conn)) func(net.Conn) {
	usual := map[string]string{
		"EHLO": "250-hop.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n", "DATA": "354 go on\r\n", "QUIT": "221 bye\r\n",
	}
	return func(conn net.Conn) {
		defer conn.Close()
		if _, err := io.WriteString(conn, greeting); err != nil {
			return
		}
		br, inData := bufio.NewReader(conn), false
		for {
			line, err := br.ReadString('\n')
			if err != nil {
				return
			}
			verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimRight(line, "\r\n")), " ")
			if inData {
				if line != ".\r\n" {
					continue
				}
				inData, verb = false, "."
			}
			answer, ok := answers[strings.ToUpper(strings.TrimRight(line, "\r\n"))]
			if !ok {
				answer, ok = answers[verb]
			}
			if !ok {
				if answer = usual[verb]; answer == "" {
					answer = "250 ok\r\n"
				}
			}
			if answer == "" {
				if after != nil {
					after(conn)
				}
				return
			}
			inData = verb == "DATA" && strings.HasPrefix(answer, "35")
			if _, err := io.WriteString(conn, answer); err != nil {
				return
			}
		}
	}
}

// hops is a Dial that plays next hops over net.Pipe, the last one for ever.
type hops struct {
	list  []func(net.Conn)
	calls int
	wg    sync.WaitGroup
	see   func(line string) // what goes out, if set
}

func (h *hops) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	hop := h.list[min(h.calls, len(h.list)-1)]
	h.calls++
	h.wg.Go(func() { hop(theirs) })
	if h.see != nil {
		return &spy{Conn: ours, see: h.see}, nil
	}
	return ours, nil
}

// spy shows each write to a connection.
type spy struct {
	net.Conn
	see func(string)
}

func (s *spy) Write(b []byte) (int, error) {
	s.see(string(b))
	return s.Conn.Write(b)
}

// selfSigned makes a certificate that nobody has to trust.
func selfSigned(t testing.TB) *tls.Config {
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
