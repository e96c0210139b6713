package smtpd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"domigo/configdoc/note"
	"domigo/directory"
	"domigo/mailbox"
	"domigo/resolver"
	"domigo/settings"
	"domigo/settings/match"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testView is a server with Domino's defaults, after the white paper.
func testView() *settings.Snapshot {
	return &settings.Snapshot{
		Identity: settings.Identity{ServerName: "CN=Server-704/O=Acme", HostName: "Server-704.acme.com", Product: "Lotus Domino Release 7.0.4"},
		Domains:  settings.Domains{Global: true, Primary: []string{"acme.com"}},
		Ports:    settings.Ports{Enabled: true, Anonymous: true, TLSAnonymous: true, MoreVariations: true},
		SMTP: settings.SMTP{ErrorLimit: 20, MaxRecipients: 5000, MaxCommandLength: 1200, TimeoutMultiplier: 1,
			SenderDomainTimeout: 30 * time.Second, ConnectionsAnonymous: -1},
		Relay:      settings.Relay{Enforcement: settings.EnforceAll},
		Extensions: settings.Extensions{Size: true, Pipelining: true, Help: true},
	}
}

// setField sets a field of a snapshot by its path, such as SMTP.ErrorLimit.
func setField(s *settings.Snapshot, path, value string) error {
	v := reflect.ValueOf(s).Elem()
	for name := range strings.SplitSeq(path, ".") {
		if v = v.FieldByName(name); !v.IsValid() {
			return fmt.Errorf("no field %s", path)
		}
	}
	list := strings.Fields(value)
	switch p := v.Addr().Interface().(type) {
	case *match.DomainList:
		*p = match.Domains(list, match.NoGroups{})
		return nil
	case *match.HostList:
		*p = match.Hosts(list, match.NoGroups{})
		return nil
	case *match.AddressList:
		*p = match.Addresses(list, match.NoGroups{}, false)
		return nil
	case *[]string:
		*p = list
		return nil
	case *string:
		*p = value
		return nil
	}
	if v.Kind() == reflect.Bool {
		v.SetBool(value == "on")
		return nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	v.SetInt(n)
	return err
}

// testDirectory holds John Doe, whose password is "password" (form V1, the
// vendor's example), and a group.
func testDirectory(t testing.TB) *directory.Directory {
	t.Helper()
	b := directory.NewBuilder()
	add := func(form string, items ...string) {
		d := &note.Document{File: "names.dxl", Line: 1, Form: form}
		for i := 0; i+1 < len(items); i += 2 {
			d.Items = append(d.Items, note.Item{Name: items[i], Values: strings.Split(items[i+1], ";")})
		}
		if !b.Add(0, d) {
			t.Fatalf("document %s not taken", form)
		}
	}
	add("Person", "FullName", "CN=John Doe/O=Acme;John Doe", "AltFullName", "CN=Reh/O=Acme", "FirstName", "John", "LastName", "Doe", "ShortName", "jdoe",
		"InternetAddress", "John.Doe@acme.com", "HTTPPassword", "(355E98E7C7B59BD810ED845AD0FD2FC4)")
	add("Person", "FullName", "CN=Jane Roe/O=Acme", "FirstName", "Jane", "LastName", "Roe", "ShortName", "jroe",
		"InternetAddress", "Jane.Roe@acme.com")
	add("Group", "ListName", "Sales", "GroupType", "0", "Members", "John Doe/Acme;Jane Roe/Acme")
	return b.Build()
}

// testResolver answers from maps; what is not in them is not found.
type testResolver struct {
	mu    sync.Mutex
	ptr   map[string][]string
	addrs map[string][]netip.Addr
	mx    map[string][]resolver.MX
	hang  bool            // waits until the context ends
	slow  map[string]bool // names that wait so
	asked []string        // names that A was asked for
}

func (r *testResolver) wait(ctx context.Context) error {
	if r.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (r *testResolver) PTR(ctx context.Context, a netip.Addr) ([]string, error) {
	return lookup(r.ptr, a.String(), r.wait(ctx))
}

func (r *testResolver) Addrs(ctx context.Context, host string) ([]netip.Addr, error) {
	return lookup(r.addrs, host, r.wait(ctx))
}

func (r *testResolver) A(ctx context.Context, name string) ([]netip.Addr, error) {
	r.mu.Lock()
	r.asked = append(r.asked, name)
	r.mu.Unlock()
	if r.slow[name] {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return lookup(r.addrs, name, r.wait(ctx))
}

// questions gives the names that A was asked for.
func (r *testResolver) questions() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.asked...)
}

func (r *testResolver) MX(ctx context.Context, domain string) ([]resolver.MX, error) {
	return lookup(r.mx, domain, r.wait(ctx))
}

func lookup[V any](m map[string]V, key string, err error) (V, error) {
	v, ok := m[key]
	if err == nil && !ok {
		err = resolver.ErrNotFound
	}
	return v, err
}

// stored is a message that a testBox took.
type stored struct {
	env     mailbox.Envelope
	content string
}

// testBox keeps committed messages and can be made to fail.
type testBox struct {
	mu        sync.Mutex
	next      int
	messages  []stored
	discarded int
	open      int
	createErr error
	writeErr  error
	commitErr error
	committed chan struct{} // if set, Commit waits for it or the context
}

func (b *testBox) Create(context.Context) (mailbox.Draft, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.createErr != nil {
		return nil, b.createErr
	}
	b.next++
	b.open++
	return &testDraft{box: b, id: mailbox.ID(fmt.Sprintf("00000001%08X", 0x004C984B+b.next))}, nil
}

func (b *testBox) all() []stored {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]stored(nil), b.messages...)
}

type testDraft struct {
	box  *testBox
	id   mailbox.ID
	buf  strings.Builder
	over bool
}

func (d *testDraft) ID() mailbox.ID { return d.id }
func (d *testDraft) Write(p []byte) (int, error) {
	if d.box.writeErr != nil {
		return 0, d.box.writeErr
	}
	return d.buf.Write(p)
}

func (d *testDraft) Commit(ctx context.Context, env mailbox.Envelope) error {
	if d.box.committed != nil {
		select {
		case <-d.box.committed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	d.box.mu.Lock()
	defer d.box.mu.Unlock()
	if d.over {
		return mailbox.ErrClosed
	}
	if d.box.commitErr != nil {
		return d.box.commitErr
	}
	d.over = true
	d.box.open--
	d.box.messages = append(d.box.messages, stored{env, d.buf.String()})
	return nil
}

func (d *testDraft) Discard() error {
	d.box.mu.Lock()
	defer d.box.mu.Unlock()
	if !d.over {
		d.over = true
		d.box.open--
		d.box.discarded++
	}
	return nil
}

// rig is a server on in-memory connections.
type rig struct {
	t       testing.TB
	server  *Server
	box     *testBox
	dns     *testResolver
	mu      sync.Mutex
	view    *settings.Snapshot
	dir     *directory.Directory
	console []string
	log     strings.Builder
	listen  map[Kind]*pipeListener
	served  sync.WaitGroup
}

// newRig makes a server; change may alter its Config before it is made.
func newRig(t testing.TB, change ...func(*Config)) *rig {
	t.Helper()
	r := &rig{t: t, box: &testBox{}, view: testView(), dir: testDirectory(t), listen: map[Kind]*pipeListener{},
		dns: &testResolver{ptr: map[string][]string{}, addrs: map[string][]netip.Addr{}, mx: map[string][]resolver.MX{}, slow: map[string]bool{}}}
	zone := time.FixedZone("", 5*3600+1800)
	c := Config{
		View:      func() *settings.Snapshot { r.mu.Lock(); defer r.mu.Unlock(); return r.view },
		Directory: func() *directory.Directory { r.mu.Lock(); defer r.mu.Unlock(); return r.dir },
		Mailbox:   r.box,
		Resolver:  r.dns,
		Now:       func() time.Time { return time.Date(2009, 7, 25, 16, 51, 40, 370e6, zone) },
		Console:   func(line string) { r.mu.Lock(); defer r.mu.Unlock(); r.console = append(r.console, line) },
		Log:       zerolog.New(&lockedWriter{mu: &r.mu, w: &r.log}),
	}
	for _, f := range change {
		f(&c)
	}
	r.server = New(c)
	return r
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// set changes the view as a configuration update does: by another snapshot.
func (r *rig) set(path, value string) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	next := *r.view
	if err := setField(&next, path, value); err != nil {
		r.t.Fatalf("set %s=%s: %v", path, value, err)
	}
	next.Generation++
	r.view = &next
}

func (r *rig) lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.console...)
}

func (r *rig) logged() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

// dial connects from an address.
func (r *rig) dial(kind Kind, from string) net.Conn {
	r.t.Helper()
	l := r.listen[kind]
	if l == nil {
		l = &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
		r.listen[kind] = l
		r.served.Go(func() {
			if err := r.server.Serve(context.Background(), l, kind); err != nil {
				r.t.Errorf("Serve: %v", err)
			}
		})
	}
	client, server := net.Pipe()
	l.conns <- &fromConn{server, netip.AddrPortFrom(netip.MustParseAddr(strings.Trim(from, "[]")), 4711)}
	return client
}

// close stops the server at once.
func (r *rig) close() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := r.server.Shutdown(ctx); err != nil {
		r.t.Errorf("Shutdown: %v", err)
	}
	r.served.Wait()
	if r.box.open != 0 {
		r.t.Errorf("%d drafts left open", r.box.open)
	}
}

type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error { l.once.Do(func() { close(l.closed) }); return nil }
func (l *pipeListener) Addr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:25"))
}

// fromConn is a pipe that claims a client's address.
type fromConn struct {
	net.Conn
	from netip.AddrPort
}

func (c *fromConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.from) }

var errDisk = errors.New("disk on fire")

func recipient(address string) mailbox.Recipient { return mailbox.Recipient{Address: address} }

// pieces writes a text in pieces of the same size.
type pieces struct {
	text string
	size int
}

func (p pieces) WriteTo(w io.Writer) (int64, error) {
	for s := p.text; s != ""; {
		n := min(len(s), p.size)
		if _, err := io.WriteString(w, s[:n]); err != nil {
			return 0, err
		}
		s = s[n:]
	}
	return int64(len(p.text)), nil
}

// readReply reads one reply and gives its code.
func readReply(t testing.TB, in *bufio.Reader) string {
	t.Helper()
	for {
		line, err := in.ReadString('\n')
		if err != nil || len(line) < 4 {
			t.Fatalf("reply %q: %v", line, err)
		}
		if line[3] == ' ' {
			return line[:3]
		}
	}
}
