package router

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"go.uber.org/goleak"

	"domigo/configdoc/note"
	"domigo/directory"
	"domigo/mailbox"
	"domigo/resolver"
	"domigo/settings"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// document makes a note.Document of pairs of item and value; values of a list
// are set apart by "|".
func document(form string, pairs ...string) *note.Document {
	d := &note.Document{File: "names.dxl", Form: form}
	for i := 0; i < len(pairs); i += 2 {
		d.Items = append(d.Items, note.Item{Name: pairs[i], Values: strings.Split(pairs[i+1], "|")})
	}
	return d
}

func acmeDirectory() *directory.Directory {
	b := directory.NewBuilder()
	for _, d := range []*note.Document{
		document("Person", "FullName", "CN=John Doe/O=Acme|John Doe", "ShortName", "jdoe", "InternetAddress", "John.Doe@acme.com",
			"MailServer", "CN=Server-704/O=Acme", "MailFile", `mail\jdoe.nsf`),
		document("Person", "FullName", "CN=Jane Roe/O=Acme", "ShortName", "jroe", "InternetAddress", "jane.roe@acme.com",
			"MailServer", "Server-704/Acme", "MailFile", "mail/emea/jroe"),
		document("Person", "FullName", "CN=Fred Away/O=Acme", "InternetAddress", "fred@acme.com", "MailAddress", "Fred <fred@example.net>"),
		document("Person", "FullName", "CN=Nora Notes/O=Acme", "InternetAddress", "nora@acme.com", "MailAddress", "John Doe/Acme @ Acme"),
		document("Person", "FullName", "CN=Loop One/O=Acme", "InternetAddress", "loop1@acme.com", "MailAddress", "loop2@acme.com"),
		document("Person", "FullName", "CN=Loop Two/O=Acme", "InternetAddress", "loop2@acme.com", "MailAddress", "loop1@acme.com"),
		document("Person", "FullName", "CN=No File/O=Acme", "InternetAddress", "nofile@acme.com"),
		document("Person", "FullName", "CN=Far Off/O=Acme", "InternetAddress", "far@acme.com", "MailServer", "CN=Mail9/O=Acme", "MailFile", "mail/far"),
		document("Person", "FullName", "CN=Pat Smith/O=Acme", "ShortName", "pat", "MailFile", "mail/pat1"),
		document("Person", "FullName", "CN=Pat Smith/OU=East/O=Acme", "ShortName", "pat", "MailFile", "mail/pat2"),
		document("Person", "FullName", "CN=Old Hand/O=Acme", "ShortName", "ohand", "MailFile", "mail/ohand"),
		document("Database", "FullName", "Ideas", "InternetAddress", "ideas@acme.com", "MailFile", "apps/ideas.nsf"),
		document("Group", "ListName", "Sales", "GroupType", "0", "Members", "CN=John Doe/O=Acme|jane.roe@acme.com|ext@example.org|Nested"),
		document("Group", "ListName", "Nested", "GroupType", "1", "Members", "Sales|Jane Roe/Acme|Fred Away/Acme"),
		document("Group", "ListName", "Hollow", "GroupType", "1", "Members", "Hollow"),
	} {
		b.Add(0, d)
	}
	return b.Build()
}

func acmeSettings() *settings.Snapshot {
	return &settings.Snapshot{
		Identity: settings.Identity{ServerName: "CN=Server-704/O=Acme", Domain: "Acme", HostName: "server-704.acme.com"},
		Domains:  settings.Domains{Global: true, Primary: []string{"acme.com"}, Aliases: map[string]string{"acme.example": "acme.com"}},
		Router: settings.Router{
			ExternalSMTP: true, MaxHops: 25, RetryInterval: 15 * time.Minute, MessageTimeout: 24 * time.Hour, Port: 25,
			PortStatus: settings.OutboundPlain, ExtSize: true, ExtDSN: true, ExtEightBit: true,
		},
	}
}

var (
	_ Resolver  = (*resolver.Resolver)(nil)
	_ HostTable = (*resolver.HostsTable)(nil)
)

// zone is a Resolver: what stands under a name is answered, anything else does
// not exist.
type zone struct {
	mu    sync.Mutex
	mx    map[string][]resolver.MX
	addrs map[string][]netip.Addr
	empty map[string]bool // names without records
	down  map[string]bool // names that nobody answers for
}

func (z *zone) fault(name, typ string) error {
	switch {
	case z.down[name]:
		return &resolver.Error{Name: name, Type: typ, Err: context.DeadlineExceeded}
	case z.empty[name] || z.mx[name] != nil || z.addrs[name] != nil:
		return &resolver.Error{Name: name, Type: typ, Err: resolver.ErrNotFound}
	}
	return &resolver.Error{Name: name, Type: typ, Err: resolver.ErrNXDomain}
}

func (z *zone) MX(_ context.Context, domain string) ([]resolver.MX, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if list := z.mx[domain]; list != nil && !z.down[domain] {
		return list, nil
	}
	return nil, z.fault(domain, "MX")
}

func (z *zone) Addrs(_ context.Context, host string) ([]netip.Addr, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if list := z.addrs[host]; list != nil && !z.down[host] {
		return list, nil
	}
	return nil, z.fault(host, "A")
}

// lab is a Router with a mail.box in memory, a directory for its Maildirs and
// a record of its console.
type lab struct {
	t        *testing.T
	store    *mailbox.Mem
	settings *settings.Snapshot
	config   Config
	zone     *zone
	router   *Router

	mu    sync.Mutex
	lines []string
}

func newLab(t *testing.T) *lab {
	l := &lab{t: t, store: mailbox.NewMem(mailbox.Options{Server: "test"}), settings: acmeSettings(), zone: &zone{
		mx: map[string][]resolver.MX{}, addrs: map[string][]netip.Addr{}, empty: map[string]bool{}, down: map[string]bool{},
	}}
	dir := acmeDirectory()
	l.config = Config{
		View: l.view, Directory: func() *directory.Directory { return dir },
		Store: l.store, Resolver: l.zone, MailDir: t.TempDir(), AllLoopback: true,
		Shuffle: func(int, func(i, j int)) {},
		Console: func(line string) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.lines = append(l.lines, line)
		},
	}
	t.Cleanup(func() { l.store.Close() })
	return l
}

// view is the Router's view of the settings.
func (l *lab) view() *settings.Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.settings
}

// change swaps the settings while the Router runs.
func (l *lab) change(f func(*settings.Snapshot)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := *l.settings
	f(&s)
	l.settings = &s
}

// run starts the Router and gives what stops it.
func (l *lab) run() (stop func()) {
	if l.router == nil {
		l.router = New(l.config)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.router.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			l.t.Errorf("Run: %v", err)
		}
	}
}

func (l *lab) console() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// put commits a message to the mail.box.
func (l *lab) put(sender, content string, to ...string) mailbox.ID {
	l.t.Helper()
	var rcpts []mailbox.Recipient
	for _, a := range to {
		rcpts = append(rcpts, mailbox.Recipient{Address: a})
	}
	return l.putEnvelope(mailbox.Envelope{Sender: sender, Recipients: rcpts}, content)
}

func (l *lab) putEnvelope(env mailbox.Envelope, content string) mailbox.ID {
	l.t.Helper()
	ctx := context.Background()
	d, err := l.store.Create(ctx)
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := io.WriteString(d, content); err != nil {
		l.t.Fatal(err)
	}
	if env.Received.IsZero() {
		env.Received = time.Now()
	}
	if err := d.Commit(ctx, env); err != nil {
		l.t.Fatal(err)
	}
	return d.ID()
}

// rows gives all the work in the mail.box. A listing is no moment's picture: one
// that finds nothing while the totals count a message is made again.
func (l *lab) rows() []mailbox.Listed {
	l.t.Helper()
	for {
		rows, _, err := l.store.List(context.Background(), mailbox.Query{Limit: 1000})
		if err != nil {
			l.t.Fatal(err)
		}
		n, err := l.store.Counts(context.Background())
		if err != nil {
			l.t.Fatal(err)
		}
		if len(rows) > 0 || n.Messages == 0 {
			return rows
		}
	}
}

// wait runs check until it is true, at most ten seconds of real time.
func (l *lab) wait(what string, check func() bool) {
	l.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !check() {
		if time.Now().After(deadline) {
			l.t.Fatalf("%s: not within 10 s\nmail.box: %+v\nconsole:\n%s", what, l.rows(), l.console())
		}
		time.Sleep(time.Millisecond)
	}
}

func (l *lab) waitEmpty() {
	l.t.Helper()
	// The totals and not a listing: while a listing goes on, a message can end
	// whose report began after the listing had.
	l.wait("mail.box empty", func() bool {
		n, err := l.store.Counts(context.Background())
		if err != nil {
			l.t.Fatal(err)
		}
		return n.Messages == 0
	})
}

// taken is a message that a sink took.
type taken struct {
	from  string
	to    []string
	orcpt []string
	opts  smtp.MailOptions
	data  string
}

// sink is a next hop: a go-smtp server with replies to order.
type sink struct {
	mu      sync.Mutex
	mails   []taken
	onMail  func(from string) error
	onRcpt  func(to string) error
	onData  func() error
	connect int
}

func (s *sink) got() []taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]taken(nil), s.mails...)
}

// serve starts the sink on an address of 127.0.0.0/8, port 0 for any, and gives
// where it listens.
func (s *sink) serve(t *testing.T, address string, change func(*smtp.Server)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.connect++
		return &sinkSession{sink: s}, nil
	}))
	srv.Domain, srv.AllowInsecureAuth = "sink.example", true
	srv.ErrorLog = silent{}
	if change != nil {
		change(srv)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		srv.Serve(l)
	}()
	t.Cleanup(func() {
		srv.Close()
		l.Close() // Serve may not have come to know it yet
		<-ended
	})
	return netip.MustParseAddrPort(l.Addr().String())
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

type sinkSession struct {
	sink *sink
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
	s.mail.from, s.mail.opts = from, *opts
	return nil
}

func (s *sinkSession) Rcpt(to string, opts *smtp.RcptOptions) error {
	if s.sink.onRcpt != nil {
		if err := s.sink.onRcpt(to); err != nil {
			return err
		}
	}
	s.mail.to = append(s.mail.to, to)
	s.mail.orcpt = append(s.mail.orcpt, string(opts.OriginalRecipientType)+";"+opts.OriginalRecipient)
	return nil
}

func (s *sinkSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.sink.onData != nil {
		if err := s.sink.onData(); err != nil {
			return err
		}
	}
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.mail.data = string(b)
	s.sink.mails = append(s.sink.mails, s.mail)
	return nil
}

// dialogue is a next hop that answers each line it reads by its verb, and takes
// the data after DATA. An empty answer closes the connection.
func dialogue(greeting string, answers map[string]string, after func(conn net.Conn, verb string)) func(net.Conn) {
	return func(conn net.Conn) {
		defer conn.Close()
		if greeting != "" {
			if _, err := conn.Write([]byte(greeting)); err != nil {
				return
			}
		}
		br := bufio.NewReader(conn)
		inData := false
		for {
			line, err := br.ReadString('\n')
			if err != nil {
				return
			}
			verb := strings.ToUpper(strings.TrimRight(line, "\r\n"))
			if i := strings.IndexByte(verb, ' '); i >= 0 {
				verb = verb[:i]
			}
			if inData {
				if line != ".\r\n" {
					continue
				}
				inData, verb = false, "."
			}
			answer, ok := answers[verb]
			if !ok {
				answer = map[string]string{"DATA": "354 go on\r\n", "QUIT": "221 bye\r\n"}[verb]
				if answer == "" {
					answer = "250 ok\r\n"
				}
			}
			inData = strings.HasPrefix(answer, "354")
			if answer == "" {
				if after != nil {
					after(conn, verb)
				}
				return
			}
			if _, err := conn.Write([]byte(answer)); err != nil {
				return
			}
		}
	}
}
