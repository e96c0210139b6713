package router

import (
	"context"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"domigo/mailbox"
)

// far is the outside world behind net.Pipe, for a bubble of synctest: each
// address is a next hop that answers in the same way unless told otherwise.
type far struct {
	mu      sync.Mutex
	down    map[string]bool              // addresses, or "*", that refuse the connection
	hang    time.Duration                // how long those take to refuse it
	answers map[string]map[string]string // by address or "*": the reply to a verb
	wrap    func(net.Conn) net.Conn      // what a next hop's side of a connection is; nil: as it is
	dials   []string                     // addresses, in the order of the attempts
	open    int                          // attempts under way that hang
	most    int                          // highest of open
	said    strings.Builder
}

func newFar() *far {
	return &far{down: map[string]bool{}, answers: map[string]map[string]string{}}
}

// dial is a Config.Dial. Addresses are known without their port.
func (f *far) dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.dials = append(f.dials, host)
	down, hang, answers := f.down[host] || f.down["*"], f.hang, f.answers[host]
	if answers == nil {
		answers = f.answers["*"]
	}
	f.mu.Unlock()
	if down {
		return nil, f.refuse(ctx, hang)
	}
	a, b := net.Pipe()
	var conn net.Conn = heard{b, f}
	if f.wrap != nil {
		conn = f.wrap(conn)
	}
	go dialogue("220 far.example\r\n", answers, nil)(conn)
	return a, nil
}

func (f *far) refuse(ctx context.Context, hang time.Duration) error {
	f.mu.Lock()
	f.open++
	f.most = max(f.most, f.open)
	f.mu.Unlock()
	timer := time.NewTimer(hang)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	f.mu.Lock()
	f.open--
	f.mu.Unlock()
	return syscall.ECONNREFUSED
}

// set changes the world while it is in use.
func (f *far) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// dialled gives the addresses of the attempts so far, and forgets them.
func (f *far) dialled() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := f.dials
	f.dials = nil
	return list
}

// heardLines gives the lines that began so, and forgets all.
func (f *far) heardLines(prefix string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []string
	for line := range strings.SplitSeq(f.said.String(), "\r\n") {
		if strings.HasPrefix(line, prefix) {
			list = append(list, line)
		}
	}
	f.said.Reset()
	return list
}

// heard is a connection whose reads far keeps.
type heard struct {
	net.Conn
	f *far
}

func (h heard) Read(b []byte) (int, error) {
	n, err := h.Conn.Read(b)
	h.f.mu.Lock()
	defer h.f.mu.Unlock()
	h.f.said.Write(b[:n])
	return n, err
}

// farLab is a lab in a bubble of synctest whose outside world is a far and whose
// Maildirs are in memory. Mail goes by MX or to an address in brackets.
func farLab(t *testing.T) (*lab, *far, *forgetful) {
	l, f, fs := newLab(t), newFar(), newForgetful()
	l.config.Dial = f.dial
	l.router = New(l.config)
	l.router.files = fs
	return l, f, fs
}

// restart makes a new Router on the same mail.box and Maildirs.
func (l *lab) restart() {
	files := l.router.files
	l.router = New(l.config)
	l.router.files = files
}

// putDSN commits a message from jdoe@acme.com to one recipient.
func (l *lab) putDSN(to string, notify ...string) mailbox.ID {
	l.t.Helper()
	return l.putEnvelope(mailbox.Envelope{Sender: "jdoe@acme.com", Recipients: []mailbox.Recipient{{Address: to, Notify: notify}}}, message)
}
